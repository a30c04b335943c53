import Support
import Tensor

/// Holds derivatives against central differences, in Float64.
///
/// The output is projected on a random cotangent: a plain sum would hide errors in softmax and its
/// like, whose sum doesn't depend on the input.
package enum GradientCheck {
    /// The largest error of any derivative by any input, relative to its size where that is
    /// above 1. About 1e-9 for a right derivative.
    package static func largestError(
        of inputs: [Tensor<Double>], seed: UInt64 = 1,
        _ operation: (Tape<Double>, [Variable]) -> Variable
    ) -> Double {
        let tape = Tape<Double>()
        let variables = inputs.map { tape.parameter($0) }
        let output = operation(tape, variables)
        let cotangent = random(tape[output].shape, seed: seed)
        tape.backward(from: output, cotangent: cotangent)

        func projection(_ inputs: [Tensor<Double>]) -> Double {
            let tape = Tape<Double>(isRecording: false)
            let output = operation(tape, inputs.map { tape.parameter($0) })
            return zip(tape[output].elements, cotangent.elements).reduce(0) { $0 + $1.0 * $1.1 }
        }
        var largest = 0.0
        for (place, variable) in variables.enumerated() {
            let gradient = tape.takeGradient(of: variable)
            for index in gradient.elements.indices {
                let numeric = derivative(of: inputs, place, index, projection)
                let analytic = gradient.elements[index]
                let error = abs(analytic - numeric) / max(1, abs(analytic), abs(numeric))
                largest = error.isNaN ? .infinity : max(largest, error)
            }
        }
        return largest
    }

    private static func derivative(
        of inputs: [Tensor<Double>], _ place: Int, _ index: Int,
        _ function: ([Tensor<Double>]) -> Double
    ) -> Double {
        let step = 1e-5
        var (above, below) = (inputs, inputs)
        above[place].elements[index] += step
        below[place].elements[index] -= step
        return (function(above) - function(below)) / (2 * step)
    }

    /// Standard normal numbers.
    package static func random(_ shape: [Int], seed: UInt64) -> Tensor<Double> {
        var source = RandomSource(seed: seed, stream: UInt64(shape.count))
        return Tensor(
            shape: shape, elements: (0..<shape.reduce(1, *)).map { _ in source.normal() })
    }
}
