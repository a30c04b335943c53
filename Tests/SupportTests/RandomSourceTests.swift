import Testing

@testable import Support

@Suite struct RandomSourceTests {
    /// The numbers of the crate rand_xoshiro's `Xoshiro256StarStar::seed_from_u64`, which draws
    /// the state in the same way.
    @Test(
        arguments: [
            (
                0,
                [
                    11_091_344_671_253_066_420, 13_793_997_310_169_335_082,
                    1_900_383_378_846_508_768, 7_684_712_102_626_143_532,
                ]
            ),
            (
                42,
                [
                    1_546_998_764_402_558_742, 6_990_951_692_964_543_102,
                    12_544_586_762_248_559_009, 17_057_574_109_182_124_193,
                ]
            ),
        ] as [(UInt64, [UInt64])])
    func drawsThePublishedNumbers(seed: UInt64, numbers: [UInt64]) {
        var random = RandomSource(seed: seed)
        #expect(numbers.indices.map { _ in random.next() } == numbers)
    }

    @Test func drawsTheSameForTheSameSeedAndStream() {
        var first = RandomSource(seed: 7, stream: 3)
        var second = RandomSource(seed: 7, stream: 3)
        for _ in 0..<100 { #expect(first.normal() == second.normal()) }
    }

    @Test func givesEveryStreamItsOwnNumbers() {
        let firsts = (0..<1000 as Range<UInt64>).map { stream in
            var random = RandomSource(seed: 7, stream: stream)
            return random.next()
        }
        #expect(Set(firsts).count == firsts.count)
    }

    @Test func drawsUniformNumbersBelowOne() {
        var random = RandomSource(seed: 1)
        let numbers = (0..<20_000).map { _ in random.uniform() }
        #expect(numbers.allSatisfy { (0..<1).contains($0) })
        #expect(abs(numbers.reduce(0, +) / 20_000 - 0.5) < 0.01)
    }

    @Test func drawsNormalNumbersOfMeanZeroAndVarianceOne() {
        var random = RandomSource(seed: 1)
        let numbers = (0..<20_000).map { _ in random.normal() }
        let mean = numbers.reduce(0, +) / 20_000
        let variance = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 20_000
        #expect(abs(mean) < 0.03)
        #expect(abs(variance - 1) < 0.03)
    }
}
