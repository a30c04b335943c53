/// How much a candidate is better than an incumbent on the same users, with a 95 % interval: the
/// bootstrap of the mean difference.
package struct PairedComparison: Sendable, Equatable {
    /// Candidate less incumbent.
    package let meanDifference: Double
    package let lower: Double
    package let upper: Double
    package let users: Int

    /// - Parameters:
    ///   - candidate: One value for each case.
    ///   - incumbent: The values of the same cases, in the same order.
    ///   - owners: Whose each case is; empty where each is another user's.
    ///   - resamples: How many means are drawn, at least 40.
    /// - Complexity: O(resamples · users).
    package init(
        candidate: [Double], incumbent: [Double], users owners: [Int] = [],
        resamples: Int = 2000, seed: UInt64 = 1
    ) {
        precondition(
            candidate.count == incumbent.count,
            "\(candidate.count) cases of the candidate, \(incumbent.count) of the incumbent")
        let differences = zip(candidate, incumbent).map { $0 - $1 }
        let interval = BootstrapInterval(
            ofMean: differences, users: owners, resamples: resamples, seed: seed)
        users = owners.isEmpty ? differences.count : Set(owners).count
        meanDifference =
            differences.isEmpty ? 0 : differences.reduce(0, +) / Double(differences.count)
        lower = interval.lower
        upper = interval.upper
    }

    /// Whether the whole interval lies above zero.
    package var isBetter: Bool { lower > 0 }

    /// Whether the whole interval lies below zero.
    package var isWorse: Bool { upper < 0 }
}
