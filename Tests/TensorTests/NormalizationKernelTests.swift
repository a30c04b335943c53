import Testing

@testable import Tensor

/// Layer normalisation and unit rows against their plain twins.
@Suite struct NormalizationKernelTests {
    private typealias Plain = PlainKernels<Float>

    static let rowCounts = [0, 1, 5]
    static let widths = [1, 2, 15, 16, 17, 64, 100]

    @Test(arguments: rowCounts, widths)
    func layerNormMatchesTwin(rows: Int, width: Int) {
        expectTwins(
            reading: [drawn(rows * width), drawn(width, seed: 2), drawn(width, seed: 3)],
            writing: [drawn(rows * width, seed: 4)], tolerance: 1e-5,
            fast: { Float.layerNorm($0[0], gain: $0[1], bias: $0[2], into: $1[0]) },
            plain: { Plain.layerNorm($0[0], gain: $0[1], bias: $0[2], into: $1[0]) })
    }

    @Test(arguments: rowCounts, widths)
    func layerNormGradientMatchesTwin(rows: Int, width: Int) {
        let count = rows * width
        expectTwins(
            reading: [drawn(count), drawn(width, seed: 2), drawn(count, scale: 1, seed: 3)],
            writing: [drawn(count, seed: 4), drawn(width, seed: 5), drawn(width, seed: 6)],
            tolerance: width == 1 ? 1e-3 : 1e-5,  // one number less its mean, times 316
            fast: {
                Float.addLayerNormGradient(
                    $0[0], gain: $0[1], dOutput: $0[2], into: $1[0], dGain: $1[1], dBias: $1[2])
            },
            plain: {
                Plain.addLayerNormGradient(
                    $0[0], gain: $0[1], dOutput: $0[2], into: $1[0], dGain: $1[1], dBias: $1[2])
            })
    }

    /// A constant row has no variance; the epsilon keeps it finite.
    @Test func layerNormOfAConstantRowIsTheBias() {
        let bias = drawn(33)
        let out = results(
            of: { Float.layerNorm($0[0], gain: $0[1], bias: $0[2], into: $1[0]) },
            reading: [[Float](repeating: 0.5, count: 33), drawn(33, seed: 2), bias],
            writing: [drawn(33)])
        #expect(out == [bias])
    }

    /// The mean is taken out first: squares of large numbers would swallow the differences. What is
    /// left is the rounding of the mean.
    @Test func layerNormKeepsItsDigitsFarFromZero() {
        let near = drawn(64, scale: 1)
        let far = near.map { ($0 * 128).rounded() / 128 + 4096 }
        let ones = [Float](repeating: 1, count: 64)
        let zeros = [Float](repeating: 0, count: 64)
        func normal(_ x: [Float]) -> [Float] {
            results(
                of: { Float.layerNorm($0[0], gain: $0[1], bias: $0[2], into: $1[0]) },
                reading: [x, ones, zeros], writing: [zeros])[0]
        }
        expectClose(normal(far), normal(far.map { $0 - 4096 }), tolerance: 2e-3)
    }

    @Test(arguments: rowCounts, widths)
    func unitRowsMatchTwin(rows: Int, width: Int) {
        expectTwins(
            reading: [drawn(rows * width)], writing: [drawn(rows * width, seed: 2)],
            fast: { Float.unitRows($0[0], width: width, into: $1[0]) },
            plain: { Plain.unitRows($0[0], width: width, into: $1[0]) })
    }

    @Test(arguments: rowCounts, widths)
    func unitRowsGradientMatchesTwin(rows: Int, width: Int) {
        let count = rows * width
        expectTwins(
            reading: [drawn(count), drawn(count, seed: 2)], writing: [drawn(count, seed: 3)],
            tolerance: 1e-5,
            fast: { Float.addUnitRowsGradient($0[0], width: width, dOutput: $0[1], into: $1[0]) },
            plain: { Plain.addUnitRowsGradient($0[0], width: width, dOutput: $0[1], into: $1[0]) })
    }

    @Test func aRowOfZerosStaysZero() {
        let zeros = [Float](repeating: 0, count: 17)
        let out = results(
            of: { Float.unitRows($0[0], width: 17, into: $1[0]) }, reading: [zeros],
            writing: [drawn(17)])
        #expect(out == [zeros])
    }
}
