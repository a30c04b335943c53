import Support

/// Where a mean over users may lie: a 95 % interval by the percentile bootstrap.
///
/// The mean of as many users, drawn with replacement, again and again; the interval leaves 2.5 % of
/// these means out on either side. It tells how far the choice of users moves the result, not the
/// seed of the training. A user with several values is drawn with all of them: these depend on each
/// other, and taken for so many users they would make the interval too narrow.
///
/// Reference: Efron & Tibshirani, "An Introduction to the Bootstrap", 1993, §13.3.
package struct BootstrapInterval: Sendable, Equatable {
    package let lower: Double
    package let upper: Double

    /// - Parameters:
    ///   - values: Without any the interval is 0 to 0.
    ///   - users: Whose each value is; empty where each is another user's.
    ///   - resamples: How many means are drawn, at least 40.
    /// - Complexity: O(resamples · users).
    package init(
        ofMean values: [Double], users: [Int] = [], resamples: Int = 2000, seed: UInt64 = 1
    ) {
        precondition(resamples >= 40, "\(resamples) resamples have no 2.5 % quantile")
        guard !values.isEmpty else {
            (lower, upper) = (0, 0)
            return
        }
        var random = RandomSource(seed: seed)
        let totals = Self.totals(values, users: users.isEmpty ? Array(values.indices) : users)
        let means = (0..<resamples).map { _ in Self.resampledMean(totals, &random) }.sorted()
        let outside = resamples / 40
        lower = means[outside]
        upper = means[resamples - 1 - outside]
    }

    /// The sum of each user's values and their number, in the order in which the users come first.
    private static func totals(_ values: [Double], users: [Int]) -> [(sum: Double, count: Int)] {
        precondition(values.count == users.count, "\(values.count) values of \(users.count) users")
        var places: [Int: Int] = [:]
        var totals: [(sum: Double, count: Int)] = []
        for (value, user) in zip(values, users) {
            if let place = places[user] {
                totals[place].sum += value
                totals[place].count += 1
            } else {
                places[user] = totals.count
                totals.append((value, 1))
            }
        }
        return totals
    }

    private static func resampledMean(
        _ totals: [(sum: Double, count: Int)], _ random: inout RandomSource
    ) -> Double {
        var sum = 0.0
        var count = 0
        for _ in totals.indices {
            let user = totals[Int(random.next(upperBound: UInt64(totals.count)))]
            sum += user.sum
            count += user.count
        }
        return sum / Double(count)
    }
}
