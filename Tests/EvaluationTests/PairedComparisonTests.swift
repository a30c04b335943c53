import Support
import Testing

@testable import Evaluation

@Suite struct PairedComparisonTests {
    @Test func aConstantDifferenceHasNoSpread() {
        let comparison = PairedComparison(candidate: [0.5, 0.75, 1], incumbent: [0.25, 0.5, 0.75])
        #expect(comparison.meanDifference == 0.25)
        #expect(comparison.lower == 0.25)
        #expect(comparison.upper == 0.25)
        #expect(comparison.users == 3)
        #expect(comparison.isBetter && !comparison.isWorse)
    }

    @Test func twoUsersHaveThreePossibleMeans() {
        // 0 with probability ¼, ½ with ½, 1 with ¼: both ends lie inside the interval.
        let comparison = PairedComparison(candidate: [1, 1], incumbent: [1, 0])
        #expect(comparison.meanDifference == 0.5)
        #expect(comparison.lower == 0)
        #expect(comparison.upper == 1)
        #expect(!comparison.isBetter && !comparison.isWorse)
    }

    /// 400 differences of 0 or 1, a quarter of them 1. The count of ones in a resample is binomial:
    /// mean 100, deviation √75, so 95 % lie within 100 ± 17, which is 0.25 ± 0.0425.
    @Test func agreesWithTheBinomialDistribution() {
        let candidate = (0..<400).map { $0 % 4 == 0 ? 1.0 : 0 }
        let comparison = PairedComparison(
            candidate: candidate, incumbent: [Double](repeating: 0, count: 400), resamples: 8000)
        #expect(abs(comparison.lower - 0.2075) < 0.004)
        #expect(abs(comparison.upper - 0.2925) < 0.004)
    }

    @Test func pairingRemovesWhatUsersDifferIn() {
        var random = RandomSource(seed: 5)
        let incumbent = (0..<500).map { _ in random.uniform() }
        let candidate = incumbent.map { $0 + 0.01 * random.uniform() }
        #expect(PairedComparison(candidate: candidate, incumbent: incumbent).isBetter)
        #expect(PairedComparison(candidate: incumbent, incumbent: candidate).isWorse)
    }

    @Test func isDrawnFromTheSeed() {
        let candidate = (0..<50).map { Double($0 % 7) }
        let incumbent = (0..<50).map { Double($0 % 5) }
        func comparison(_ seed: UInt64) -> PairedComparison {
            PairedComparison(candidate: candidate, incumbent: incumbent, seed: seed)
        }
        #expect(comparison(1) == comparison(1))
        #expect(comparison(1) != comparison(2))
    }

    @Test func nobodyMeansNoDifference() {
        let comparison = PairedComparison(candidate: [], incumbent: [])
        #expect(comparison.users == 0)
        #expect(!comparison.isBetter && !comparison.isWorse)
    }
}
