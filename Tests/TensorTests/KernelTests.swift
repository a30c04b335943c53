import Testing

@testable import Tensor

/// Fast kernels against their slow plain twins, on drawn shapes.
@Suite struct KernelTests {
    private typealias Plain = PlainKernels<Float>

    @Test(arguments: kernelCounts)
    func tanhMatchesTwin(count: Int) {
        let x = drawn(count)
        var (fast, plain) = (x, x)
        x.withUnsafeBufferPointer { x in
            fast.withUnsafeMutableBufferPointer { Float.activate(.tanh, x, into: $0) }
            plain.withUnsafeMutableBufferPointer { Plain.activate(.tanh, x, into: $0) }
        }
        expectClose(fast, plain)
    }

    /// Near 0 the error must be small against the value, not against 1.
    @Test func tanhKeepsItsDigitsNearZero() {
        let x = (1...400).map { Float($0) / 1000 }
        var out = x
        x.withUnsafeBufferPointer { x in
            out.withUnsafeMutableBufferPointer { Float.activate(.tanh, x, into: $0) }
        }
        for (x, out) in zip(x, out) { #expect(abs(out / Float.tanh(x) - 1) < 1e-6) }
    }

    @Test func tanhHoldsAtTheExtremes() {
        let x: [Float] = [0, -0.0, 1e-30, 0.15, -0.15, 20, -20, 1e30, .infinity, -.infinity]
        var out = x
        x.withUnsafeBufferPointer { x in
            out.withUnsafeMutableBufferPointer { Float.activate(.tanh, x, into: $0) }
        }
        expectClose(out, x.map(Float.tanh))
    }

    /// The bound is at the highest number, below it and below all of them.
    @Test(arguments: kernelCounts)
    func firstIndexMatchesTwin(count: Int) {
        let x = drawn(count)
        let highest = x.max() ?? 0
        let bounds = [highest, highest.nextDown, x.first ?? 0, -Float.infinity]
        for bound in bounds {
            x.withUnsafeBufferPointer { x in
                let rest = UnsafeBufferPointer(rebasing: x[(count / 3)...])
                for x in [x, rest] {
                    #expect(
                        Float.firstIndex(above: bound, in: x)
                            == Plain.firstIndex(above: bound, in: x))
                }
            }
        }
    }

    @Test(arguments: kernelCounts)
    func axpyMatchesTwin(count: Int) {
        let x = drawn(count)
        var fast = drawn(count, seed: 2)
        var plain = fast
        x.withUnsafeBufferPointer { x in
            fast.withUnsafeMutableBufferPointer { Float.axpy(-1.5, x, into: $0) }
            plain.withUnsafeMutableBufferPointer { Plain.axpy(-1.5, x, into: $0) }
        }
        expectClose(fast, plain)
    }

    @Test(arguments: kernelCounts)
    func softmaxMatchesTwin(count: Int) {
        var fast = drawn(count, scale: 30)
        var plain = fast
        let fastSum = fast.withUnsafeMutableBufferPointer { Float.softmax($0) }
        let plainSum = plain.withUnsafeMutableBufferPointer { Plain.softmax($0) }
        expectClose(fast, plain)
        expectClose([fastSum], [plainSum])
    }

    @Test(arguments: kernelCounts.dropFirst())
    func multinomialMatchesTwin(count: Int) {
        let columns = [Int32](0..<Int32(count)).filter { $0 % 3 == 0 }
        let weights = drawn(columns.count).map(abs)
        var fast = drawn(count)
        var plain = fast
        columns.withUnsafeBufferPointer { columns in
            weights.withUnsafeBufferPointer { weights in
                let fastLoss = fast.withUnsafeMutableBufferPointer {
                    Float.multinomial($0, columns: columns, weights: weights)
                }
                let plainLoss = plain.withUnsafeMutableBufferPointer {
                    Plain.multinomial($0, columns: columns, weights: weights)
                }
                expectClose([fastLoss], [plainLoss], tolerance: 1e-5)
            }
        }
        expectClose(fast, plain, tolerance: 1e-5)
    }

    @Test(arguments: [0, 1, 3, 16, 33], [0, 1, 7])
    func gatherAndScatterMatchTwins(width: Int, rowCount: Int) {
        let rows = (0..<rowCount).map { Int32($0 * 3 % 5) }
        let weights = drawn(rowCount)
        let table = drawn(5 * width)
        let x = drawn(width, seed: 3)
        var (fastSum, plainSum) = (x, x)
        var (fastTable, plainTable) = (table, table)
        rows.withUnsafeBufferPointer { rows in
            weights.withUnsafeBufferPointer { weights in
                table.withUnsafeBufferPointer { table in
                    fastSum.withUnsafeMutableBufferPointer {
                        Float.gatherRows(rows, weights: weights, of: table, into: $0)
                    }
                    plainSum.withUnsafeMutableBufferPointer {
                        Plain.gatherRows(rows, weights: weights, of: table, into: $0)
                    }
                }
                x.withUnsafeBufferPointer { x in
                    fastTable.withUnsafeMutableBufferPointer {
                        Float.scatterRows(rows, weights: weights, x, into: $0)
                    }
                    plainTable.withUnsafeMutableBufferPointer {
                        Plain.scatterRows(rows, weights: weights, x, into: $0)
                    }
                }
            }
        }
        expectClose(fastSum, plainSum, tolerance: 1e-5)
        expectClose(fastTable, plainTable, tolerance: 1e-5)
    }

    @Test(arguments: kernelCounts)
    func adamMatchesTwin(count: Int) {
        let step = AdamStep<Float>(
            learningRate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, meanCorrection: 10,
            varianceCorrection: 1000)
        func run(
            _ adam: (
                AdamStep<Float>, Float.Input, Float.Output, Float.Output, Float.Output
            ) -> Bool
        ) -> [Float] {
            var (weights, mean, variance) = (drawn(count), drawn(count), drawn(count).map(abs))
            let isFinite = drawn(count, seed: 4).withUnsafeBufferPointer { gradient in
                weights.withUnsafeMutableBufferPointer { weights in
                    mean.withUnsafeMutableBufferPointer { mean in
                        variance.withUnsafeMutableBufferPointer { variance in
                            adam(step, gradient, mean, variance, weights)
                        }
                    }
                }
            }
            #expect(isFinite)
            return weights + mean + variance
        }
        expectClose(
            run { Float.adam($0, gradient: $1, mean: $2, variance: $3, weights: $4) },
            run { Plain.adam($0, gradient: $1, mean: $2, variance: $3, weights: $4) })
    }

    @Test(arguments: [0, 5, 32])
    func adamNoticesAWeightThatIsNotFinite(place: Int) {
        let step = AdamStep<Float>(
            learningRate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, meanCorrection: 1,
            varianceCorrection: 1)
        var gradient = [Float](repeating: 1, count: 33)
        gradient[place] = .nan
        var (weights, mean, variance) = (gradient.map { _ in Float(0) }, gradient, gradient)
        mean[place] = 0
        variance[place] = 0
        let isFinite = gradient.withUnsafeBufferPointer { gradient in
            weights.withUnsafeMutableBufferPointer { weights in
                mean.withUnsafeMutableBufferPointer { mean in
                    variance.withUnsafeMutableBufferPointer {
                        Float.adam(
                            step, gradient: gradient, mean: mean, variance: $0, weights: weights)
                    }
                }
            }
        }
        #expect(!isFinite)
    }
}
