import Foundation
import GradientChecking
import Testing

@testable import Tensor

@Suite struct TapeAdversarialTests {
    private let tolerance = 1e-7

    @Test(arguments: [0.0, 1.0])
    func binaryCrossEntropyHasRightGradient(label: Double) {
        let error = GradientCheck.largestError(of: [GradientCheck.random([4, 1], seed: 3)]) {
            $0.binaryCrossEntropy(logits: $1[0], label: label, scale: 0.25)
        }
        #expect(error < tolerance)
    }

    /// −log σ(2) and −log(1 − σ(2)), and no overflow far from 0.
    @Test func binaryCrossEntropyIsThatOfTheDefinition() {
        func loss(_ logits: [Double], label: Double) -> Double {
            let tape = Tape<Double>()
            let variable = tape.parameter(Tensor(shape: [logits.count, 1], elements: logits))
            return tape[tape.binaryCrossEntropy(logits: variable, label: label, scale: 0.5)].scalar
        }
        let probability = 1 / (1 + exp(-2.0))
        #expect(abs(loss([2], label: 1) + 0.5 * log(probability)) < 1e-12)
        #expect(abs(loss([2], label: 0) + 0.5 * log(1 - probability)) < 1e-12)
        #expect(loss([1000, -1000], label: 1) == 500)
        #expect(loss([1000, -1000], label: 0) == 500)
    }

    @Test(arguments: [(3, 4), (1, 1), (0, 5)])
    func weightedSquaresHaveRightGradient(rows: Int, width: Int) {
        let weights = GradientCheck.random([rows, width], seed: 5)
        let input = GradientCheck.random([rows, width], seed: 6)
        let error = GradientCheck.largestError(of: [input]) {
            $0.weightedSquares($1[0], weights: weights, scale: 0.5)
        }
        #expect(error < tolerance)
    }

    @Test func weightedSquaresAreTheSum() {
        let tape = Tape<Float>()
        let input = tape.parameter(Tensor(shape: [1, 3], elements: [1, -2, 3]))
        let weights = Tensor<Float>(shape: [1, 3], elements: [1, 0.5, 0])
        #expect(tape[tape.weightedSquares(input, weights: weights, scale: 2)].scalar == 6)
    }

    /// 1 where the uniform number is below; the derivative goes through as it comes.
    @Test func bernoulliSampleIsStraightThrough() {
        let tape = Tape<Float>()
        let probabilities = tape.parameter(Tensor(shape: [1, 3], elements: [0.2, 0.7, 1]))
        let uniform = Tensor<Float>(shape: [1, 3], elements: [0.3, 0.3, 0.999])
        let sample = tape.bernoulliSample(probabilities, uniform: uniform)
        #expect(tape[sample].elements == [0, 1, 1])
        tape.backward(from: sample, cotangent: Tensor(shape: [1, 3], elements: [3, -2, 5]))
        #expect(tape.takeGradient(of: probabilities).elements == [3, -2, 5])
    }
}
