import GradientChecking
import Support
import Testing

@testable import Tensor

/// Running sums over rows: the kernel, its derivative and its twin.
@Suite struct RecurrenceTests {
    private typealias Plain = PlainKernels<Float>

    /// Two sequences of 3 and 2 rows, and two pools, the first of which forgets at once.
    private let keep: [Double] = [0, 0, 0, 0.5, 0, 2, 0, 0, 0, 0.25]
    private let take: [Double] = [1, 2, 1, 1, 3, 1, 1, 1, 1, 4]

    @Test func sumsMatchAWorkedExample() {
        let tape = Tape<Double>()
        let x = tape.constant(Tensor(shape: [5, 1], elements: [1, 10, 100, 5, 7]))
        let output = tape[tape.recurrence(x, keep: keep, take: take)]
        #expect(output.shape == [5, 2])
        #expect(output.elements == [1, 2, 10, 11, 300, 122, 5, 5, 7, 29.25])
    }

    @Test func hasRightGradient() {
        let input = GradientCheck.random([5, 3], seed: 3)
        let error = GradientCheck.largestError(of: [input]) { [keep, take] tape, v in
            tape.recurrence(v[0], keep: keep, take: take)
        }
        #expect(error < 1e-7)
    }

    @Test func takesNoRows() {
        let tape = Tape<Double>()
        let output = tape.recurrence(
            tape.parameter(Tensor(zeros: [0, 3])), keep: [], take: [])
        tape.backward(from: output, cotangent: Tensor(zeros: [0, 0]))
        #expect(tape[output].count == 0)
    }

    @Test(arguments: [0, 1, 2, 7], [1, 15, 16, 17, 64])
    func kernelsMatchTheirTwins(rows: Int, width: Int) {
        let pools = 3
        var source = RandomSource(seed: 2)
        let factors = (0..<rows * pools).map { _ in
            source.uniform() < 0.2 ? 0 : Float(source.uniform())
        }
        expectTwins(
            reading: [drawn(rows * width), factors, drawn(rows * pools, seed: 2)],
            writing: [drawn(rows * pools * width, seed: 3)], tolerance: 1e-5,
            fast: {
                Float.recurrence($0[0], keep: $0[1], take: $0[2], rowCount: rows, into: $1[0])
            },
            plain: {
                Plain.recurrence($0[0], keep: $0[1], take: $0[2], rowCount: rows, into: $1[0])
            })
        expectTwins(
            reading: [drawn(rows * pools * width), factors, drawn(rows * pools, seed: 2)],
            writing: [drawn(rows * width, seed: 3)], tolerance: 1e-4,
            fast: {
                Float.addRecurrenceGradient(
                    keep: $0[1], take: $0[2], rowCount: rows, dOutput: $0[0], into: $1[0])
            },
            plain: {
                Plain.addRecurrenceGradient(
                    keep: $0[1], take: $0[2], rowCount: rows, dOutput: $0[0], into: $1[0])
            })
    }
}
