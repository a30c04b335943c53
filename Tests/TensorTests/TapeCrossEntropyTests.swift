import GradientChecking
import Support
import Testing

@testable import Tensor

@Suite struct TapeCrossEntropyTests {
    private let tolerance = 1e-7

    private func random(_ shape: Int..., seed: UInt64 = 7) -> Tensor<Double> {
        GradientCheck.random(shape, seed: seed)
    }

    @Test(arguments: [1.0, 4])
    func softmaxCrossEntropyHasRightGradient(logitScale: Double) {
        let inputs = [random(5, 3), random(7, 3)]
        let error = GradientCheck.largestError(of: inputs) { tape, v in
            tape.softmaxCrossEntropy(
                hidden: v[0], table: v[1], targets: [6, 0, 3, 3, 1], logitScale: logitScale,
                scale: 0.3)
        }
        #expect(error < tolerance)
    }

    private static let weights = [0.5, 1, 0, 3, 1e-3]

    @Test func weightedSoftmaxCrossEntropyHasRightGradient() {
        let error = GradientCheck.largestError(of: [random(5, 3), random(7, 3)]) { tape, v in
            tape.softmaxCrossEntropy(
                hidden: v[0], table: v[1], targets: [6, 0, 3, 3, 1], weights: Self.weights,
                logitScale: 2, scale: 0.3)
        }
        #expect(error < tolerance)
    }

    @Test func weightedSampledSoftmaxCrossEntropyHasRightGradient() {
        let inputs = [random(5, 3), random(4, 3, seed: 8), random(5, 3, seed: 9)]
        let error = GradientCheck.largestError(of: inputs) { tape, v in
            tape.sampledSoftmaxCrossEntropy(
                hidden: v[0], negatives: v[1], targets: v[2], collisions: [-1, 2, -1, 0, -1],
                weights: Self.weights, negativeWeight: 3, logitScale: 1.5, scale: 0.3)
        }
        #expect(error < tolerance)
    }

    /// Logits of 0: log 2 for each row, and log 4 against one negative of weight 3.
    @Test func weightsMultiplyTheLossOfEachRow() {
        let tape = Tape<Double>()
        let hidden = tape.constant(Tensor(zeros: [3, 2]))
        let full = tape.softmaxCrossEntropy(
            hidden: hidden, table: tape.constant(random(2, 2)), targets: [0, 1, 1],
            weights: [0.25, 2, 1], scale: 1)
        #expect(abs(tape[full].scalar - 3.25 * Double.log(2)) < 1e-12)
        let sampled = tape.sampledSoftmaxCrossEntropy(
            hidden: hidden, negatives: tape.constant(random(1, 2)),
            targets: tape.constant(random(3, 2)), collisions: [-1, -1, -1],
            weights: [0.25, 2, 1], negativeWeight: 3, scale: 1)
        #expect(abs(tape[sampled].scalar - 3.25 * Double.log(4)) < 1e-12)
    }

    /// Where two uniform logits compete, the loss is log 2 for each row.
    @Test func softmaxCrossEntropyMatchesAWorkedExample() {
        let tape = Tape<Double>()
        let hidden = tape.constant(Tensor(zeros: [3, 2]))
        let table = tape.constant(random(2, 2))
        let loss = tape.softmaxCrossEntropy(
            hidden: hidden, table: table, targets: [0, 1, 1], scale: 0.5)
        #expect(abs(tape[loss].scalar - 1.5 * Double.log(2)) < 1e-12)
    }

    @Test func softmaxCrossEntropyOfNoRowsIsZero() {
        let tape = Tape<Double>()
        let (hidden, table) = (tape.parameter(random(0, 3)), tape.parameter(random(4, 3)))
        let loss = tape.softmaxCrossEntropy(
            hidden: hidden, table: table, targets: [], scale: 1)
        tape.backward(from: loss)
        #expect(tape[loss].scalar == 0)
        #expect(tape.takeGradient(of: table) == Tensor(zeros: [4, 3]))
        #expect(tape.takeGradient(of: hidden) == Tensor(zeros: [0, 3]))
    }

    /// Loss and gradients in one plain pass over all logits.
    private struct Plain {
        var loss = 0.0
        var dHidden: [Double]
        var dTable: [Double]

        init(
            _ hidden: Tensor<Double>, _ table: Tensor<Double>, targets: [Int32],
            logitScale: Double, scale: Double
        ) {
            let width = hidden.columnCount
            dHidden = [Double](repeating: 0, count: hidden.count)
            dTable = [Double](repeating: 0, count: table.count)
            for (row, target) in targets.enumerated() {
                var logits = (0..<table.rowCount).map { item in
                    (0..<width).reduce(0) {
                        $0 + logitScale * hidden.elements[row * width + $1]
                            * table.elements[item * width + $1]
                    }
                }
                let targetLogit = logits[Int(target)]
                loss +=
                    scale
                    * (logits.withUnsafeMutableBufferPointer { PlainKernels.softmax($0) }
                        - targetLogit)
                logits[Int(target)] -= 1
                for (item, dLogit) in logits.enumerated() {
                    for column in 0..<width {
                        let factor = scale * logitScale * dLogit
                        let (h, t) = (row * width + column, item * width + column)
                        dHidden[h] += factor * table.elements[t]
                        dTable[t] += factor * hidden.elements[h]
                    }
                }
            }
        }
    }

    @Test func blocksAddUpToTheWholeInDouble() throws {
        try expectBlocksAddUp(Double.self, tolerance: 1e-12)
    }

    @Test func blocksAddUpToTheWholeInFloat() throws {
        try expectBlocksAddUp(Float.self, tolerance: 5e-6)
    }

    private func expectBlocksAddUp<Scalar: TensorScalar>(
        _: Scalar.Type, tolerance: Double
    ) throws {
        try OpenBLAS.load()
        let items = 9000
        let blockRows = Tape<Scalar>.logitBlockRows(items: items)
        let rows = 2 * blockRows + 3
        #expect(rows < 1000)
        let (hidden, table) = (random(rows, 3), random(items, 3))
        let targets = (0..<rows).map { Int32($0 * 71 % items) }
        let plain = Plain(hidden, table, targets: targets, logitScale: 2, scale: 0.1)

        let tape = Tape<Scalar>()
        let (h, t) = (tape.parameter(cast(hidden)), tape.parameter(cast(table)))
        let loss = tape.softmaxCrossEntropy(
            hidden: h, table: t, targets: targets, logitScale: 2, scale: 0.1)
        #expect(abs(Double(tape[loss].scalar) / plain.loss - 1) < tolerance)
        tape.backward(from: loss)
        let gradients = zip([h, t], [plain.dHidden, plain.dTable])
        for (variable, expected) in gradients {
            let computed: [Scalar] = tape.takeGradient(of: variable).elements
            let differences = zip(computed, expected).map { abs(Double($0) - $1) }
            #expect(differences.max() ?? .infinity < tolerance)
        }
    }

    private func cast<Scalar>(_ tensor: Tensor<Double>) -> Tensor<Scalar> {
        Tensor(shape: tensor.shape, elements: tensor.elements.map { Scalar($0) })
    }

    /// Weights of the negatives that make the target win, and lose.
    @Test(arguments: [0.01, 2.5, 200])
    func sampledSoftmaxCrossEntropyHasRightGradient(negativeWeight: Double) {
        let inputs = [random(4, 3), random(5, 3, seed: 8), random(4, 3, seed: 9)]
        let error = GradientCheck.largestError(of: inputs) { tape, v in
            tape.sampledSoftmaxCrossEntropy(
                hidden: v[0], negatives: v[1], targets: v[2], collisions: [-1, 2, -1, 0],
                negativeWeight: negativeWeight, logitScale: 1.5, scale: 0.3)
        }
        #expect(error < tolerance)
    }

    /// One logit of 0 against one negative of weight 3, and against none but itself.
    @Test func sampledSoftmaxCrossEntropyMatchesAWorkedExample() {
        let tape = Tape<Double>()
        let loss = tape.sampledSoftmaxCrossEntropy(
            hidden: tape.constant(Tensor(zeros: [2, 2])), negatives: tape.constant(random(1, 2)),
            targets: tape.constant(random(2, 2)), collisions: [-1, 0], negativeWeight: 3, scale: 1)
        #expect(abs(tape[loss].scalar - Double.log(4)) < 1e-12)
    }

    /// With the whole catalogue as negatives there is nothing sampled about it.
    @Test func allItemsAsNegativesAreTheFullSoftmax() {
        let targets: [Int32] = [5, 0, 2, 2]
        func lossAndGradients(
            _ loss: (Tape<Double>, _ hidden: Variable, _ table: Variable) -> Variable
        ) -> [Double] {
            let tape = Tape<Double>()
            let (hidden, table) = (tape.parameter(random(4, 3)), tape.parameter(random(6, 3)))
            let output = loss(tape, hidden, table)
            tape.backward(from: output)
            return tape[output].elements + tape.takeGradient(of: hidden).elements
                + tape.takeGradient(of: table).elements
        }
        let full = lossAndGradients { tape, hidden, table in
            tape.softmaxCrossEntropy(
                hidden: hidden, table: table, targets: targets, logitScale: 2, scale: 0.25)
        }
        let order: [Int32] = [5, 3, 0, 1, 4, 2]
        let sampled = lossAndGradients { tape, hidden, table in
            tape.sampledSoftmaxCrossEntropy(
                hidden: hidden, negatives: tape.rows(order, of: table),
                targets: tape.rows(targets, of: table),
                collisions: targets.map { Int32(order.firstIndex(of: $0) ?? -1) },
                negativeWeight: 1, logitScale: 2, scale: 0.25)
        }
        #expect(full.count == sampled.count)
        for (full, sampled) in zip(full, sampled) { #expect(abs(full - sampled) < 1e-12) }
    }
}
