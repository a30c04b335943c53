import Testing

@testable import Evaluation

@Suite struct StartComparisonTests {
    private func curve(_ values: [Double], from epoch: Int) -> [StartComparison.Point] {
        values.enumerated().map { StartComparison.Point(epoch: epoch + $0, value: $1) }
    }

    /// Worked by hand: both reach 0.20, the warm one goes further.
    @Test func comparesAtWhatBothReach() {
        let comparison = StartComparison(
            fresh: curve([0.05, 0.10, 0.16, 0.20, 0.19], from: 1),
            warm: curve([0.16, 0.18, 0.21, 0.22], from: 0))
        #expect(
            comparison.arrival(atShare: 1) == StartComparison.Arrival(value: 0.2, fresh: 4, warm: 2)
        )
        #expect(
            comparison.arrival(atShare: 0.75)
                == StartComparison.Arrival(value: 0.75 * 0.2, fresh: 3, warm: 0))
        #expect(comparison.arrival(atShare: 1)?.saved == 2)
    }

    @Test func canCostEpochsToo() {
        let comparison = StartComparison(
            fresh: curve([0.3], from: 1), warm: curve([0.1, 0.1, 0.2], from: 0))
        #expect(comparison.arrival(atShare: 1)?.saved == -1)
    }

    @Test func saysNothingWithoutACurve() {
        let comparison = StartComparison(fresh: curve([0.3], from: 1), warm: [])
        #expect(comparison.arrival(atShare: 1) == nil)
        #expect(StartComparison.best([]) == nil)
    }

    @Test func takesTheFirstOfEquallyGoodEpochs() {
        #expect(StartComparison.best(curve([1, 3, 3, 2], from: 0))?.epoch == 1)
    }
}
