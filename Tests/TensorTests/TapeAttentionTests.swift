import GradientChecking
import Support
import Testing

@testable import Tensor

@Suite struct TapeAttentionTests {
    private static let offsets = [0, 1, 4, 8]
    private static let times = AttentionShape.Times(
        events: [5, 0, 3, 3, 100, 200, 4_000, 3_000_000],
        requests: [5, 3, 3, 90, 200, 4_000, 3_000_000, 2_000_000_000])

    private func shape(pointwise: Bool = false, dropout: Bool = false) -> AttentionShape {
        AttentionShape(
            offsets: Self.offsets, headCount: 2, headSize: 3,
            weighting: pointwise ? .pointwise(scale: 0.2) : .softmax,
            dropout: dropout ? DropoutMask(probability: 0.4, key: 77) : nil, times: Self.times)
    }

    private func random(_ shape: Int..., seed: UInt64 = 7) -> Tensor<Double> {
        GradientCheck.random(shape, seed: seed)
    }

    @Test(arguments: [false, true], [false, true])
    func hasRightGradient(pointwise: Bool, dropout: Bool) {
        let shape = shape(pointwise: pointwise, dropout: dropout)
        // More columns than are read, and biases for longer sequences than there are.
        let inputs = [random(8, 20), random(2, 6), random(2, TimeGap.bucketCount)]
        let error = GradientCheck.largestError(of: inputs) { tape, v in
            tape.causalAttention(
                v[0], shape: shape, bias: AttentionBias(positions: v[1], gaps: v[2]))
        }
        #expect(error < 1e-7)
    }

    @Test(arguments: [false, true], [false, true])
    func hasRightGradientWithOneBiasOrNone(positions: Bool, gaps: Bool) {
        let inputs =
            [random(8, 18)] + (positions ? [random(2, 4)] : [])
            + (gaps ? [random(2, TimeGap.bucketCount)] : [])
        let error = GradientCheck.largestError(of: inputs) { tape, v in
            tape.causalAttention(
                v[0], shape: shape(),
                bias: AttentionBias(
                    positions: positions ? v[1] : nil, gaps: gaps ? v[v.count - 1] : nil))
        }
        #expect(error < 1e-7)
    }

    /// A bias that isn't trained changes nothing in the other gradients.
    @Test func skipsGradientsThatAreNotWanted() {
        let inputs = [random(8, 18), random(2, 4), random(2, TimeGap.bucketCount)]
        func gradients(_ wanted: [Bool]) -> [Tensor<Double>] {
            let tape = Tape<Double>()
            let v = zip(inputs, wanted).map { $1 ? tape.parameter($0) : tape.constant($0) }
            let output = tape.causalAttention(
                v[0], shape: shape(), bias: AttentionBias(positions: v[1], gaps: v[2]))
            tape.backward(from: output, cotangent: random(8, 6, seed: 9))
            return v.map { tape.takeGradient(of: $0) }
        }
        let all = gradients([true, true, true])
        #expect(gradients([true, false, false])[0] == all[0])
        #expect(gradients([false, true, false])[1] == all[1])
        let last = gradients([false, false, true])
        #expect(last[2] == all[2])
        #expect(last[0].elements.allSatisfy { $0 == 0 })
    }

    private static let lengths = [3, 70, 1, 130]

    /// What Float's blocked kernel makes of the sequences, packed into one batch.
    private func attend(_ sequences: [Tensor<Float>], pointwise: Bool) -> [[Float]] {
        let offsets = sequences.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.rowCount) }
        let tape = Tape<Float>(isRecording: false)
        let input = Tensor(
            shape: [offsets[offsets.count - 1], 12], elements: sequences.flatMap(\.elements))
        let shape = AttentionShape(
            offsets: offsets, headCount: 2, headSize: 2,
            weighting: pointwise ? .pointwise(scale: 0.1) : .softmax)
        let output = tape[tape.causalAttention(tape.constant(input), shape: shape)].elements
        return zip(offsets, offsets.dropFirst()).map { Array(output[$0 * 4..<$1 * 4]) }
    }

    private var sequences: [Tensor<Float>] {
        Self.lengths.map { Tensor(shape: [$0, 12], elements: drawn($0 * 12, scale: 1)) }
    }

    @Test(arguments: [false, true])
    func sequencesOfABatchDoNotSeeEachOther(pointwise: Bool) throws {
        try OpenBLAS.load()
        let packed = attend(sequences, pointwise: pointwise)
        for (sequence, packed) in zip(sequences, packed) {
            expectClose(packed, attend([sequence], pointwise: pointwise)[0], tolerance: 1e-6)
        }
        var changed = sequences
        changed[1].elements = changed[1].elements.map { $0 + 1 }
        let others = attend(changed, pointwise: pointwise)
        for index in [0, 2, 3] { #expect(others[index] == packed[index]) }
        #expect(others[1] != packed[1])
    }

    @Test(arguments: [false, true], [0, 1, 63, 64, 65, 128, 129])
    func aLaterRowChangesNoEarlierOne(pointwise: Bool, changedRow: Int) throws {
        try OpenBLAS.load()
        let sequence = sequences[3]
        var changed = sequence
        for column in 0..<12 { changed.elements[changedRow * 12 + column] += 1 }
        let before = attend([sequence], pointwise: pointwise)[0]
        let after = attend([changed], pointwise: pointwise)[0]
        #expect(before[..<(changedRow * 4)] == after[..<(changedRow * 4)])
        for row in changedRow..<130 {
            #expect(before[row * 4..<row * 4 + 4] != after[row * 4..<row * 4 + 4])
        }
    }

    /// One head, one number wide, worked by hand.
    @Test func matchesAWorkedExample() {
        let tape = Tape<Double>()
        // Rows of query, key, value.
        let input = tape.constant(Tensor(shape: [2, 3], elements: [1, 2, 10, 3, -1, 20]))
        let bias = AttentionBias(
            positions: tape.constant(Tensor(shape: [1, 2], elements: [0.5, -0.25])))
        func attend(_ weighting: AttentionShape.Weighting) -> [Double] {
            let shape = AttentionShape(
                offsets: [0, 2], headCount: 1, headSize: 1, weighting: weighting)
            return tape[tape.causalAttention(input, shape: shape, bias: bias)].elements
        }
        // Scores: row 0 on itself 1·2 − 0.25; row 1 on row 0 3·2 + 0.5, on itself 3·(−1) − 0.25.
        let scores = [1.75, 6.5, -3.25]
        let share = Double.exp(scores[1]) / (Double.exp(scores[1]) + Double.exp(scores[2]))
        let softmax = attend(.softmax)
        #expect(abs(softmax[0] - 10) < 1e-12)
        #expect(abs(softmax[1] - (10 * share + 20 * (1 - share))) < 1e-12)

        let silu = scores.map { $0 / (1 + Double.exp(-$0)) * 0.1 }
        let pointwise = attend(.pointwise(scale: 0.1))
        #expect(abs(pointwise[0] - 10 * silu[0]) < 1e-12)
        #expect(abs(pointwise[1] - (10 * silu[1] + 20 * silu[2])) < 1e-12)
    }
}
