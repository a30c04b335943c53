import Testing

@testable import Tensor

/// The kernels of additions, masks, nonlinearities and table rows against their plain twins.
@Suite struct ElementwiseKernelTests {
    private typealias Plain = PlainKernels<Float>

    @Test(arguments: kernelCounts)
    func addMatchesTwin(count: Int) {
        expectTwins(
            reading: [drawn(count), drawn(count, seed: 2)], writing: [drawn(count, seed: 3)],
            fast: { Float.add($0[0], $0[1], into: $1[0]) },
            plain: { Plain.add($0[0], $0[1], into: $1[0]) })
    }

    /// Also more dimensions than one logarithm takes.
    @Test(arguments: kernelCounts + [1024, 1040, 2500])
    func mixtureDivergenceMatchesTwin(size: Int) {
        let mixture = GaussianMixture.ofRecVAE
        let inputs = [
            drawn(size), drawn(2 * size, scale: 1, seed: 2), drawn(size, scale: 1, seed: 3),
            drawn(2 * size, scale: 1, seed: 4),
        ]
        expectTwins(
            reading: inputs, writing: [drawn(size, seed: 5), [0]], tolerance: 1e-5,
            fast: {
                $1[1][0] = Float.mixtureDivergence(
                    mixture, sample: $0[0], moments: $0[1], noise: $0[2], previous: $0[3],
                    times: 0.3, dSample: $1[0])
            },
            plain: {
                $1[1][0] = Plain.mixtureDivergence(
                    mixture, sample: $0[0], moments: $0[1], noise: $0[2], previous: $0[3],
                    times: 0.3, dSample: $1[0])
            })
    }

    @Test(arguments: kernelCounts)
    func multiplyAddMatchesTwin(count: Int) {
        expectTwins(
            reading: [drawn(count), drawn(count, seed: 2)], writing: [drawn(count, seed: 3)],
            fast: { Float.multiplyAdd($0[0], $0[1], into: $1[0]) },
            plain: { Plain.multiplyAdd($0[0], $0[1], into: $1[0]) })
    }

    @Test(arguments: [0, 1, 2, 7], [1, 2, 15, 16, 33])
    func addRowMatchesTwin(rows: Int, width: Int) {
        expectTwins(
            reading: [drawn(width)], writing: [drawn(rows * width, seed: 2)],
            fast: { Float.addRow($0[0], toRowsOf: $1[0]) },
            plain: { Plain.addRow($0[0], toRowsOf: $1[0]) })
    }

    @Test(arguments: [0, 1, 2, 7], [1, 2, 15, 16, 33])
    func addColumnSumsMatchesTwin(rows: Int, width: Int) {
        expectTwins(
            reading: [drawn(rows * width)], writing: [drawn(width, seed: 2)], tolerance: 1e-5,
            fast: { Float.addColumnSums(of: $0[0], times: -0.7, into: $1[0]) },
            plain: { Plain.addColumnSums(of: $0[0], times: -0.7, into: $1[0]) })
    }

    @Test func rowsWithoutColumnsAreLeftAlone() {
        let written = results(
            of: { inputs, outputs in
                Float.addRow(inputs[0], toRowsOf: outputs[0])
                Float.addColumnSums(of: inputs[0], times: 1, into: outputs[0])
            }, reading: [[]], writing: [[]])
        #expect(written == [[]])
    }

    @Test(arguments: kernelCounts, Activation.allCases)
    func activationMatchesTwin(count: Int, activation: Activation) {
        expectTwins(
            reading: [drawn(count, scale: 5)], writing: [drawn(count, seed: 2)],
            fast: { Float.activate(activation, $0[0], into: $1[0]) },
            plain: { Plain.activate(activation, $0[0], into: $1[0]) })
    }

    @Test(arguments: kernelCounts, Activation.allCases)
    func activationGradientMatchesTwin(count: Int, activation: Activation) {
        let x = drawn(count)
        let y = results(
            of: { Plain.activate(activation, $0[0], into: $1[0]) }, reading: [x], writing: [x])
        expectTwins(
            reading: [x, y[0], drawn(count, seed: 2)], writing: [drawn(count, seed: 3)],
            fast: {
                Float.addActivationGradient(
                    activation, x: $0[0], y: $0[1], dOutput: $0[2], into: $1[0])
            },
            plain: {
                Plain.addActivationGradient(
                    activation, x: $0[0], y: $0[1], dOutput: $0[2], into: $1[0])
            })
    }

    /// Where exp overflows and underflows, what is left must be the limit and no NaN.
    @Test(arguments: [Activation.sigmoid, .silu, .relu])
    func activationHoldsAtTheExtremes(activation: Activation) {
        let x: [Float] = [0, -0.0, 1e-30, 20, -20, 87, -87, 88, -88, 100, -100, 3e38, -3e38]
        let out = results(
            of: { Float.activate(activation, $0[0], into: $1[0]) }, reading: [x], writing: [x])
        let limits: [Float] = x.map {
            let sigmoid = Float(1 / (1 + Double.exp(-Double($0))))
            return switch activation {
            case .sigmoid: sigmoid
            case .silu: $0 * sigmoid
            default: max(0, $0)
            }
        }
        expectClose(out[0], limits)
    }

    @Test(arguments: kernelCounts, [0, 0.1, 0.5, 0.99])
    func dropoutMatchesTwin(count: Int, probability: Double) {
        let mask = DropoutMask(probability: probability, key: 0x1234_5678_9ABC_DEF0)
        expectTwins(
            reading: [drawn(count)], writing: [drawn(count, seed: 2)],
            fast: { Float.addDropout(mask, $0[0], into: $1[0]) },
            plain: { Plain.addDropout(mask, $0[0], into: $1[0]) })
    }

    static let rows: [[Int32]] = [[], [4], [0, 4, 2, 2, 2, 1, 0]]

    @Test(arguments: rows, [1, 2, 16, 33])
    func pickRowsMatchesTwin(rows: [Int32], width: Int) {
        expectTwins(
            reading: [drawn(5 * width)], writing: [drawn(rows.count * width, seed: 2)],
            fast: { inputs, outputs in
                rows.withUnsafeBufferPointer {
                    Float.pickRows($0, of: inputs[0], rowCount: 5, times: 1.5, into: outputs[0])
                }
            },
            plain: { inputs, outputs in
                rows.withUnsafeBufferPointer {
                    Plain.pickRows($0, of: inputs[0], rowCount: 5, times: 1.5, into: outputs[0])
                }
            })
    }

    @Test(arguments: rows, [1, 2, 16, 33])
    func addToRowsMatchesTwin(rows: [Int32], width: Int) {
        expectTwins(
            reading: [drawn(rows.count * width)], writing: [drawn(5 * width, seed: 2)],
            fast: { inputs, outputs in
                rows.withUnsafeBufferPointer {
                    Float.addToRows($0, of: outputs[0], rowCount: 5, times: -0.3, inputs[0])
                }
            },
            plain: { inputs, outputs in
                rows.withUnsafeBufferPointer {
                    Plain.addToRows($0, of: outputs[0], rowCount: 5, times: -0.3, inputs[0])
                }
            })
    }

    @Test func noRowsOfAnEmptyTableArePicked() {
        let written = results(
            of: { inputs, outputs in
                let none = UnsafeBufferPointer<Int32>(start: nil, count: 0)
                Float.pickRows(none, of: inputs[0], rowCount: 0, times: 1, into: outputs[0])
                Float.addToRows(none, of: outputs[0], rowCount: 0, times: 1, inputs[0])
            }, reading: [[]], writing: [[]])
        #expect(written == [[]])
    }
}
