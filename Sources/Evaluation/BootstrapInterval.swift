import Support

/// Where a mean over users may lie: a 95 % interval by the percentile bootstrap.
///
/// The mean of as many users, drawn with replacement, again and again; the interval leaves 2.5 % of
/// these means out on either side. It tells how far the choice of users moves the result, not the
/// seed of the training.
///
/// Reference: Efron & Tibshirani, "An Introduction to the Bootstrap", 1993, §13.3.
package struct BootstrapInterval: Sendable, Equatable {
    package let lower: Double
    package let upper: Double

    /// - Parameters:
    ///   - values: One for each user; without any the interval is 0 to 0.
    ///   - resamples: How many means are drawn, at least 40.
    /// - Complexity: O(resamples · users).
    package init(ofMean values: [Double], resamples: Int = 2000, seed: UInt64 = 1) {
        precondition(resamples >= 40, "\(resamples) resamples have no 2.5 % quantile")
        guard !values.isEmpty else {
            (lower, upper) = (0, 0)
            return
        }
        var random = RandomSource(seed: seed)
        let means = (0..<resamples).map { _ in Self.resampledMean(values, &random) }.sorted()
        let outside = resamples / 40
        lower = means[outside]
        upper = means[resamples - 1 - outside]
    }

    private static func resampledMean(_ values: [Double], _ random: inout RandomSource) -> Double {
        var sum = 0.0
        for _ in values.indices {
            sum += values[Int(random.next(upperBound: UInt64(values.count)))]
        }
        return sum / Double(values.count)
    }
}
