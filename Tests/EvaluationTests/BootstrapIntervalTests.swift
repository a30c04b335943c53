import Support
import Testing

@testable import Evaluation

@Suite struct BootstrapIntervalTests {
    @Test func equalValuesHaveNoSpread() {
        let interval = BootstrapInterval(ofMean: [0.25, 0.25, 0.25])
        #expect(interval.lower == 0.25 && interval.upper == 0.25)
    }

    @Test func nobodyHasAnIntervalOfZero() {
        let interval = BootstrapInterval(ofMean: [])
        #expect(interval.lower == 0 && interval.upper == 0)
    }

    @Test func theSameSeedGivesTheSameInterval() {
        var random = RandomSource(seed: 2)
        let values = (0..<60).map { _ in random.uniform() }
        #expect(
            BootstrapInterval(ofMean: values, seed: 7) == BootstrapInterval(ofMean: values, seed: 7)
        )
        #expect(
            BootstrapInterval(ofMean: values, seed: 7) != BootstrapInterval(ofMean: values, seed: 8)
        )
    }

    /// Drawn again and again from a law with mean ½, the interval has ½ in it about 95 times of
    /// 100: within four deviations of that (√(400 · 0.05 · 0.95) = 4.4 misses).
    @Test func coversTheTrueMean() {
        var random = RandomSource(seed: 11)
        let covered = (0..<400).count { draw in
            let values = (0..<80).map { _ in random.uniform() }
            let interval = BootstrapInterval(
                ofMean: values, resamples: 400, seed: UInt64(draw) + 1)
            return interval.lower <= 0.5 && 0.5 <= interval.upper
        }
        #expect((362...397).contains(covered), "\(covered) of 400")
    }

    /// Twelve equal values of each user say no more than one.
    @Test func severalValuesOfOneUserCountAsOne() {
        let one = (0..<40).map { Double($0 % 2) }
        let many = (0..<480).map { Double($0 / 12 % 2) }
        let alone = BootstrapInterval(ofMean: one)
        #expect(BootstrapInterval(ofMean: many, users: (0..<480).map { $0 / 12 }) == alone)
        let taken = BootstrapInterval(ofMean: many)
        #expect(taken.upper - taken.lower < (alone.upper - alone.lower) / 3)
    }

    /// A user with more values weighs more in the mean, so in the interval too.
    @Test func usersWeighByTheirValues() {
        let interval = BootstrapInterval(ofMean: [1, 1, 1, 0], users: [7, 7, 7, 3])
        #expect(interval == BootstrapInterval(ofMean: [1, 1, 1, 0], users: [7, 7, 7, 3]))
        #expect(interval.lower == 0 && interval.upper == 1)
    }
}
