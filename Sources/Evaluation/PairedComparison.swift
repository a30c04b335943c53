/// How much a candidate is better than an incumbent on the same users, with a 95 % interval: the
/// bootstrap of the mean difference.
package struct PairedComparison: Sendable, Equatable {
    /// Candidate less incumbent.
    package let meanDifference: Double
    package let lower: Double
    package let upper: Double
    package let users: Int

    /// - Parameters:
    ///   - candidate: One value for each user.
    ///   - incumbent: The values of the same users, in the same order.
    ///   - resamples: How many means are drawn, at least 40.
    /// - Complexity: O(resamples · users).
    package init(
        candidate: [Double], incumbent: [Double], resamples: Int = 2000, seed: UInt64 = 1
    ) {
        precondition(
            candidate.count == incumbent.count,
            "\(candidate.count) users of the candidate, \(incumbent.count) of the incumbent")
        let differences = zip(candidate, incumbent).map { $0 - $1 }
        let interval = BootstrapInterval(ofMean: differences, resamples: resamples, seed: seed)
        users = differences.count
        meanDifference = users == 0 ? 0 : differences.reduce(0, +) / Double(users)
        lower = interval.lower
        upper = interval.upper
    }

    /// Whether the whole interval lies above zero.
    package var isBetter: Bool { lower > 0 }

    /// Whether the whole interval lies below zero.
    package var isWorse: Bool { upper < 0 }
}
