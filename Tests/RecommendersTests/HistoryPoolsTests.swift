import Testing

@testable import Recommenders

@Suite struct HistoryPoolsTests {
    private let pools = HistoryPools(withTime: true)

    private func factors(
        offsets: [Int], seconds: [Int32]
    ) -> (keep: [[Double]], take: [[Double]]) {
        let (keep, take): ([Double], [Double]) = pools.factors(offsets: offsets, seconds: seconds)
        func rows(_ flat: [Double]) -> [[Double]] {
            seconds.indices.map { Array(flat[$0 * pools.count..<($0 + 1) * pools.count]) }
        }
        return (rows(keep), rows(take))
    }

    @Test func theFirstKnowsOnlyTheNewestAndTheLastAll() {
        let (keep, take) = factors(offsets: [0, 4], seconds: [0, 5, 10, 15])
        let all = HistoryPools.halfLivesInEvents.count - 1
        #expect(HistoryPools.halfLivesInEvents.last == .infinity)
        #expect(keep.allSatisfy { $0[0] == 0 } && take.allSatisfy { $0[0] == 1 })
        // The sum of all is x₁ + … + x_t over √t.
        for (row, count) in [1.0, 2, 3, 4].enumerated() {
            #expect(abs(take[row][all] - 1 / count.squareRoot()) < 1e-12)
            #expect(abs(keep[row][all] - ((count - 1) / count).squareRoot()) < 1e-12)
        }
    }

    /// After one half-life an event counts half.
    @Test func anEventCountsHalfAfterItsHalfLife() {
        let session = Int32(HistoryPools.halfLivesInSeconds[0])
        let (keep, take) = factors(offsets: [0, 2], seconds: [100, 100 + session])
        let place = HistoryPools.halfLivesInEvents.count
        // What is left of the first row is keep · take of it.
        for pool in [1, place] {
            #expect(HistoryPools.halfLivesInEvents[1] == 1)
            #expect(abs(keep[1][pool] * take[0][pool] / take[1][pool] - 0.5) < 1e-12)
            #expect(abs(take[1][pool] - 1 / 1.5.squareRoot()) < 1e-12)
        }
    }

    @Test func aSequenceKnowsNothingOfTheOneBeforeIt() {
        let both = factors(offsets: [0, 2, 4], seconds: [0, 9, 1000, 1001])
        let second = factors(offsets: [0, 2], seconds: [1000, 1001])
        #expect(both.keep[2].allSatisfy { $0 == 0 })
        #expect(Array(both.keep[2...]) == second.keep && Array(both.take[2...]) == second.take)
    }

    @Test func aClockThatRunsBackForgetsNothing() {
        let (keep, _) = factors(offsets: [0, 2], seconds: [50, 10])
        #expect(keep[1].allSatisfy { $0 <= 1 })
    }
}
