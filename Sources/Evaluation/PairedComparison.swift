import Support

/// How much a candidate is better than an incumbent on the same users, with a 95 % interval.
///
/// The interval is the percentile bootstrap over users: the mean difference of as many users, drawn
/// with replacement, again and again.
///
/// Reference: Efron & Tibshirani, "An Introduction to the Bootstrap", 1993, §13.3.
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
        precondition(resamples >= 40, "\(resamples) resamples have no 2.5 % quantile")
        let differences = zip(candidate, incumbent).map { $0 - $1 }
        users = differences.count
        guard users > 0 else {
            (meanDifference, lower, upper) = (0, 0, 0)
            return
        }
        meanDifference = differences.reduce(0, +) / Double(users)
        var random = RandomSource(seed: seed)
        let means = (0..<resamples).map { _ in Self.resampledMean(differences, &random) }.sorted()
        let outside = resamples / 40
        lower = means[outside]
        upper = means[resamples - 1 - outside]
    }

    /// Whether the whole interval lies above zero.
    package var isBetter: Bool { lower > 0 }

    /// Whether the whole interval lies below zero.
    package var isWorse: Bool { upper < 0 }

    private static func resampledMean(_ values: [Double], _ random: inout RandomSource) -> Double {
        var sum = 0.0
        for _ in values.indices {
            sum += values[Int(random.next(upperBound: UInt64(values.count)))]
        }
        return sum / Double(values.count)
    }
}
