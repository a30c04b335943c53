import GradientChecking
import Support
import Testing

@testable import Tensor

/// Normalisation, table rows, sums, products and dropout on the tape.
@Suite struct TapeRowsTests {
    private let tolerance = 1e-7

    private func random(_ shape: Int..., seed: UInt64 = 7) -> Tensor<Double> {
        GradientCheck.random(shape, seed: seed)
    }

    @Test(arguments: [(4, 5), (1, 2), (0, 3), (3, 17)])
    func layerNormHasRightGradient(rows: Int, width: Int) {
        let inputs = [random(rows, width), random(width), random(width, seed: 8)]
        let error = GradientCheck.largestError(of: inputs) { tape, v in
            tape.layerNorm(v[0], gain: v[1], bias: v[2])
        }
        #expect(error < tolerance)
    }

    @Test func layerNormMatchesAWorkedExample() {
        let tape = Tape<Double>()
        let x = tape.constant(Tensor(shape: [1, 4], elements: [1, 3, 5, 7]))
        let gain = tape.constant(Tensor(shape: [4], elements: [1, 2, 1, 1]))
        let bias = tape.constant(Tensor(shape: [4], elements: [0, 0, 0, 10]))
        // Mean 4, variance 5.
        let root = 5.000_01.squareRoot()
        let expected = [-3 / root, -2 / root, 1 / root, 10 + 3 / root]
        let output = tape[tape.layerNorm(x, gain: gain, bias: bias)].elements
        for (output, expected) in zip(output, expected) { #expect(abs(output - expected) < 1e-12) }
    }

    /// One without a gain that is trained: the input's gradient is the same.
    @Test func layerNormSkipsGradientsThatAreNotWanted() {
        func dInput(trained: Bool) -> Tensor<Double> {
            let tape = Tape<Double>()
            let x = tape.parameter(random(3, 4))
            let parameters = [random(4), random(4, seed: 8)].map {
                trained ? tape.parameter($0) : tape.constant($0)
            }
            let output = tape.layerNorm(x, gain: parameters[0], bias: parameters[1])
            tape.backward(from: output, cotangent: random(3, 4, seed: 9))
            return tape.takeGradient(of: x)
        }
        #expect(dInput(trained: true) == dInput(trained: false))
    }

    @Test(arguments: [(4, 5), (1, 1), (0, 3)])
    func unitRowsHaveRightGradientAndLengthOne(rows: Int, width: Int) {
        let error = GradientCheck.largestError(of: [random(rows, width)]) { tape, v in
            tape.unitRows(v[0])
        }
        #expect(error < tolerance)
        let tape = Tape<Double>()
        let output = tape[tape.unitRows(tape.constant(random(rows, width)))]
        for row in 0..<rows {
            let square = output.elements[row * width..<(row + 1) * width].reduce(0) { $0 + $1 * $1 }
            #expect(abs(square - 1) < 1e-9)
        }
    }

    @Test(arguments: [[4, 0, 4, 2], []] as [[Int32]])
    func rowsHaveRightGradient(rows: [Int32]) {
        let error = GradientCheck.largestError(of: [random(5, 3)]) { tape, v in
            tape.rows(rows, of: v[0], times: 1.5)
        }
        #expect(error < tolerance)
    }

    @Test func rowsAreThoseOfTheTable() {
        let tape = Tape<Double>()
        let table = tape.constant(Tensor(shape: [3, 2], elements: [1, 2, 3, 4, 5, 6]))
        let rows = tape[tape.rows([2, 0, 2], of: table, times: 10)]
        #expect(rows == Tensor(shape: [3, 2], elements: [50, 60, 10, 20, 50, 60]))
    }

    @Test func sumsAndProductsHaveRightGradients() {
        let inputs = [random(3, 4), random(3, 4, seed: 8)]
        let sum = GradientCheck.largestError(of: inputs) { tape, v in tape.add(v[0], v[1]) }
        let product = GradientCheck.largestError(of: inputs) { tape, v in
            tape.multiply(v[0], v[1])
        }
        let double = GradientCheck.largestError(of: inputs) { tape, v in tape.add(v[0], v[0]) }
        let square = GradientCheck.largestError(of: inputs) { tape, v in
            tape.multiply(v[1], v[1])
        }
        #expect([sum, product, double, square].allSatisfy { $0 < tolerance })
    }

    @Test(arguments: [nil, DropoutMask(probability: 0.4, key: 3)])
    func dropoutHasRightGradient(mask: DropoutMask?) {
        let error = GradientCheck.largestError(of: [random(6, 6)]) { tape, v in
            tape.dropout(v[0], mask)
        }
        #expect(error < tolerance)
    }
}
