import CKernels
import Support
import Testing

@testable import Tensor

@Suite struct DropoutMaskTests {
    private let key: UInt64 = 0x0F1E_2D3C_4B5A_6978

    private func kept(_ mask: DropoutMask, count: Int) -> Double {
        Double((0..<count).filter { mask.factor($0) > 0 }.count) / Double(count)
    }

    @Test(arguments: [0, 0.1, 0.5, 0.9])
    func keepsTheExpectation(probability: Double) {
        let mask = DropoutMask(probability: probability, key: key)
        let count = 200_000
        #expect(abs(kept(mask, count: count) - (1 - probability)) < 0.005)
        let factors = Set((0..<count).map(mask.factor))
        #expect(factors == (probability == 0 ? [1] : [0, 1 / (1 - probability)]))
    }

    @Test func tapeDropsByTheMask() {
        let mask = DropoutMask(probability: 0.3, key: key)
        let tape = Tape<Double>()
        let ones = tape.constant(Tensor(shape: [2, 50], elements: .init(repeating: 1, count: 100)))
        #expect(tape[tape.dropout(ones, mask)].elements == (0..<100).map(mask.factor))
    }

    /// Attention numbers its weights from any start, also from one that 32 bits don't hold.
    @Test(arguments: [0, 1, 12_345, 1 << 31, (1 << 32) - 7, (1 << 35) + 3])
    func kernelsMatchTheTwinFromAnyStart(start: Int) {
        let mask = DropoutMask(probability: 0.4, key: key)
        let x = drawn(100)
        let first = UInt32(truncatingIfNeeded: start)
        let scale = Float(mask.scale)
        let expected = x.indices.map { x[$0] * Float(mask.factor(start + $0)) }
        let set = results(
            of: {
                kernel_dropout(
                    100, first, mask.key, mask.threshold, scale, $0[0].baseAddress,
                    $1[0].baseAddress)
            }, reading: [x], writing: [x])
        #expect(set[0] == expected)
        let added = results(
            of: {
                kernel_dropout_add(
                    100, first, mask.key, mask.threshold, scale, $0[0].baseAddress,
                    $1[0].baseAddress)
            }, reading: [x], writing: [x])
        expectClose(added[0], zip(x, expected).map { $0 + $1 }, tolerance: 1e-6)
    }

    /// Masks of two drawn keys agree as often as chance has it, and so do elements of one mask.
    @Test func keysAndElementsAreIndependent() {
        let count = 100_000
        var source = RandomSource(seed: 4)
        func agreement(_ isEqual: (Int) -> Bool) -> Double {
            Double((0..<count).filter(isEqual).count) / Double(count)
        }
        for _ in 0..<20 {
            let mask = DropoutMask(probability: 0.5, key: source.next())
            let other = DropoutMask(probability: 0.5, key: source.next())
            #expect(abs(agreement { mask.factor($0) == other.factor($0) } - 0.5) < 0.01)
            for distance in [1, 2, 64, 200, 4096] {
                let agreeing = agreement { mask.factor($0) == mask.factor($0 + distance) }
                #expect(abs(agreeing - 0.5) < 0.01, "\(distance) apart")
            }
        }
    }
}
