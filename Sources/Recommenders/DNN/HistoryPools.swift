import Foundation

/// How fast each of the sums over a history forgets.
///
///     s_t = f_t s_{t−1} + x_t,   n_t = f_t n_{t−1} + 1,   output_t = s_t / √n_t
///
/// f is 1/2 ^ (1 / half-life in events), or 1/2 ^ (gap / half-life in seconds): the newest event
/// alone, then sums over more and more of the history, to all of it. Dividing by √n keeps outputs
/// of about one size, whatever is summed.
///
/// Reference: recency counts: Covington, Adams & Sargin, "Deep Neural Networks for YouTube
/// Recommendations", RecSys 2016, section 3.2, where the history is averaged.
struct HistoryPools: Sendable {
    static let halfLivesInEvents: [Double] = [0, 1, 3, 10, 40, .infinity]
    /// A session and a week.
    static let halfLivesInSeconds: [Double] = [600, 604_800]

    private let eventFactors: [Double]
    private let secondHalfLives: [Double]

    init(withTime: Bool) {
        eventFactors = Self.halfLivesInEvents.map { $0 == 0 ? 0 : exp2(-1 / $0) }
        secondHalfLives = withTime ? Self.halfLivesInSeconds : []
    }

    var count: Int { eventFactors.count + secondHalfLives.count }

    /// What each row of packed sequences keeps of the row before it, and takes of its own event.
    ///
    /// - Parameters:
    ///   - offsets: Sequence `s` is the rows `offsets[s]..<offsets[s + 1]`.
    ///   - seconds: `[rows]`, when the events happened.
    /// - Returns: Both `[rows × count]`; a sequence's first row keeps nothing.
    func factors<Scalar: BinaryFloatingPoint>(
        offsets: [Int], seconds: [Int32]
    ) -> (keep: [Scalar], take: [Scalar]) {
        var keep: [Scalar] = []
        var take: [Scalar] = []
        keep.reserveCapacity(seconds.count * count)
        take.reserveCapacity(seconds.count * count)
        for (start, end) in zip(offsets, offsets.dropFirst()) {
            var sums = [Double](repeating: 0, count: count)
            for row in start..<end {
                let gap = row == start ? 0 : max(0, seconds[row] &- seconds[row - 1])
                for pool in 0..<count {
                    let before = sums[pool]
                    let factor = row == start ? 0 : factor(of: pool, after: gap)
                    sums[pool] = factor * before + 1
                    keep.append(Scalar(factor * (before / sums[pool]).squareRoot()))
                    take.append(Scalar(1 / sums[pool].squareRoot()))
                }
            }
        }
        return (keep, take)
    }

    private func factor(of pool: Int, after gap: Int32) -> Double {
        if pool < eventFactors.count { return eventFactors[pool] }
        return exp2(-Double(gap) / secondHalfLives[pool - eventFactors.count])
    }
}
