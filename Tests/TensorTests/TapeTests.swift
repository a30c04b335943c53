import GradientChecking
import Support
import Testing

@testable import Tensor

@Suite struct TapeTests {
    private let tolerance = 1e-7

    private func random(_ shape: Int..., seed: UInt64 = 7) -> Tensor<Double> {
        GradientCheck.random(shape, seed: seed)
    }

    private func bags(_ rows: [[Int32]], columnCount: Int) -> SparseRows<Double> {
        var bags = SparseRows<Double>(columnCount: columnCount)
        for (row, columns) in rows.enumerated() {
            bags.appendRow(columns, weight: 0.5 + Double(row))
        }
        return bags
    }

    @Test func checkCatchesOneWrongSign() {
        let error = GradientCheck.largestError(of: [random(3, 4)]) { tape, inputs in
            var output = tape[inputs[0]]
            output.elements = output.elements.map { $0 * $0 }
            return tape.record(output, from: inputs) { tape, dOutput in
                tape.addGradient(to: inputs[0]) { dInput in
                    for i in dInput.indices {
                        let sign = i == 5 ? -1.0 : 1.0
                        dInput[i] +=
                            sign * 2 * tape[inputs[0]].elements[i] * dOutput.elements[i]
                    }
                }
            }
        }
        #expect(error > 1e-3)
    }

    /// Twice the derivative: a plain sum of the output would hide it, as twice 0 is 0.
    @Test func checkCatchesASoftmaxOfTwiceTheDerivative() {
        let error = GradientCheck.largestError(of: [random(3, 4)]) { tape, inputs in
            let softmax = tape.softmax(inputs[0])
            return tape.weightedSum([(softmax, 1), (wrongZero(inputs[0], on: tape), 1)])
        }
        #expect(error > 1e-3)
    }

    /// 0, with the derivative of softmax.
    private func wrongZero(_ input: Variable, on tape: Tape<Double>) -> Variable {
        let softmax = tape[tape.softmax(input)]
        return tape.record(Tensor(zeros: softmax.shape), from: [input]) { tape, dOutput in
            tape.addGradient(to: input) { dInput in
                for (row, dRow) in dInput.rows(of: 4).enumerated() {
                    softmax.withElements { y in
                        dOutput.withElements { dy in
                            Double.addSoftmaxGradient(
                                y: y.row(row, of: 4), dOutput: dy.row(row, of: 4), into: dRow)
                        }
                    }
                }
            }
        }
    }

    @Test(arguments: [(1, 1, 1), (3, 4, 5), (1, 7, 2), (0, 3, 2)])
    func linearHasRightGradient(rows: Int, inputSize: Int, outputSize: Int) {
        let inputs = [random(rows, inputSize), random(outputSize, inputSize), random(outputSize)]
        let error = GradientCheck.largestError(of: inputs) { tape, v in
            tape.linear(v[0], weight: v[1], bias: v[2])
        }
        #expect(error < tolerance)
    }

    @Test func embeddingBagHasRightGradient() {
        let bags = bags([[0, 2, 2], [], [4]], columnCount: 5)
        let error = GradientCheck.largestError(of: [random(5, 3)]) { tape, v in
            tape.embeddingBag(bags, table: v[0])
        }
        #expect(error < tolerance)
    }

    @Test(arguments: Activation.allCases)
    func activationHasRightGradient(activation: Activation) {
        let error = GradientCheck.largestError(of: [random(4, 5)]) { tape, v in
            tape.activation(activation, v[0])
        }
        #expect(error < tolerance)
    }

    @Test func softmaxHasRightGradient() {
        let error = GradientCheck.largestError(of: [random(3, 6)]) { tape, v in
            tape.softmax(v[0])
        }
        #expect(error < tolerance)
    }

    @Test func multinomialLossHasRightGradient() {
        let observed = bags([[1, 3], [0], [], [2, 4, 5]], columnCount: 6)
        let inputs = [random(4, 3), random(6, 3), random(6)]
        let error = GradientCheck.largestError(of: inputs) { tape, v in
            tape.multinomialLoss(
                hidden: v[0], weight: v[1], bias: v[2], observed: observed, scale: 0.3)
        }
        #expect(error < tolerance)
    }

    @Test func gaussianSampleAndDivergenceHaveRightGradients() {
        let noise = random(3, 2, seed: 9)
        let sampled = GradientCheck.largestError(of: [random(3, 4)]) { tape, v in
            tape.gaussianSample(moments: v[0], noise: noise)
        }
        let divergence = GradientCheck.largestError(of: [random(3, 4)]) { tape, v in
            tape.divergenceFromStandardNormal(moments: v[0], scales: [0.7, 0, 2])
        }
        #expect(sampled < tolerance)
        #expect(divergence < tolerance)
    }

    /// By the moments directly and through the sample.
    @Test func divergenceFromMixtureHasRightGradient() {
        let (noise, previous) = (random(3, 2, seed: 9), random(3, 4, seed: 10))
        let error = GradientCheck.largestError(of: [random(3, 4)]) { tape, v in
            tape.divergenceFromMixture(
                .ofRecVAE, sample: tape.gaussianSample(moments: v[0], noise: noise),
                moments: v[0], noise: noise, previous: tape.constant(previous),
                scales: [0.7, 0, 2])
        }
        #expect(error < tolerance)
    }

    /// A mixture that is all one part: the given distribution itself, and the standard one, whose
    /// density at z = μ + σ ε is known.
    @Test func divergenceFromMixtureMatchesWorkedExamples() {
        func divergence(standard: Double, given: Double) -> Double {
            let tape = Tape<Double>()
            let moments = tape.constant(Tensor(shape: [1, 2], elements: [3, Double.log(4)]))
            let noise = Tensor<Double>(shape: [1, 1], elements: [0.5])
            let mixture = GaussianMixture(
                logStandardWeight: standard, logGivenWeight: given, logWideWeight: -.infinity,
                wideLogVariance: 10)
            let output = tape.divergenceFromMixture(
                mixture, sample: tape.gaussianSample(moments: moments, noise: noise),
                moments: moments, noise: noise, previous: moments, scales: [2])
            return tape[output].scalar
        }
        #expect(abs(divergence(standard: -.infinity, given: 0)) < 1e-12)
        // z = 3 + 2 · 0.5 = 4: log N(z; 3, 2²) − log N(z; 0, 1) = −log 2 − 0.125 + 8.
        let expected = 2 * (8 - 0.125 - Double.log(2))
        #expect(abs(divergence(standard: 0, given: -.infinity) - expected) < 1e-12)
    }

    @Test func biasColumnsAndSumHaveRightGradients() {
        let error = GradientCheck.largestError(of: [random(3, 5), random(5)]) { tape, v in
            let shifted = tape.addBias(v[1], to: v[0])
            let part = tape.columns(1..<4, of: shifted)
            return tape.weightedSum([(part, 2), (tape.columns(0..<3, of: v[0]), -0.5)])
        }
        #expect(error < tolerance)
    }

    @Test func gradientsAddUpWhereAVariableIsUsedTwice() {
        let error = GradientCheck.largestError(of: [random(2, 3), random(3, 3), random(3)]) {
            tape, v in
            let once = tape.tanh(tape.linear(v[0], weight: v[1], bias: v[2]))
            let twice = tape.linear(once, weight: v[1], bias: v[2])
            return tape.weightedSum([(twice, 1), (tape.linear(once, weight: v[1], bias: v[2]), 2)])
        }
        #expect(error < tolerance)
    }

    @Test func resetTapeComputesTheSameAgain() {
        let tape = Tape<Double>()
        func run() -> [[Double]] {
            let x = tape.parameter(random(40, 50))
            let w = tape.parameter(random(60, 50))
            let b = tape.parameter(random(60))
            let loss = tape.softmax(tape.tanh(tape.linear(x, weight: w, bias: b)))
            tape.backward(from: loss, cotangent: random(40, 60, seed: 11))
            defer { tape.reset() }
            return [x, w, b].map { tape.takeGradient(of: $0).elements }
        }
        let first = run()
        #expect(first == run())
        #expect(first == run())
    }

    @Test func inferenceKeepsNoDerivatives() {
        let tape = Tape<Double>(isRecording: false)
        let output = tape.tanh(tape.parameter(random(2, 2)))
        #expect(tape.nodes[output.index].backward == nil)
    }
}
