import Support
import Testing

@testable import Tensor

@Suite struct MatrixProductTests {
    static let shapes = [
        (1, 1, 1), (0, 3, 2), (3, 0, 2), (3, 2, 0), (1, 5, 3), (4, 1, 7), (13, 17, 11), (1, 0, 4),
    ]

    @Test(arguments: shapes, [false, true])
    func libraryMatchesTwin(shape: (Int, Int, Int), transposeB: Bool) {
        for transposeA in [false, true] {
            for (alpha, beta) in [(1.0, 0.0), (0.5, 1.0), (-2.0, 0.25)] {
                let product = MatrixProduct<Double>(
                    rows: shape.0, columns: shape.1, inner: shape.2, transposeA: transposeA,
                    transposeB: transposeB, alpha: alpha, beta: beta)
                expectTwins(product)
                expectTwins(
                    MatrixProduct<Float>(
                        rows: shape.0, columns: shape.1, inner: shape.2, transposeA: transposeA,
                        transposeB: transposeB, alpha: Float(alpha), beta: Float(beta)))
            }
        }
    }

    private func expectTwins<Scalar: TensorScalar>(_ product: MatrixProduct<Scalar>) {
        var source = RandomSource(seed: 8)
        func random(_ count: Int) -> [Scalar] {
            // 8 bits of mantissa where the factors may be rounded to so many.
            (0..<count).map { _ in
                let drawn = source.normal()
                return Scalar(product.mayRound ? (drawn * 32).rounded() / 32 : drawn)
            }
        }
        let a = random(product.rows * product.inner)
        let b = random(product.inner * product.columns)
        // With beta = 0 the old contents must not count: NaN would show.
        let count = product.rows * product.columns
        var fast = product.beta == 0 ? [Scalar](repeating: .nan, count: count) : random(count)
        var plain = fast
        a.withUnsafeBufferPointer { a in
            b.withUnsafeBufferPointer { b in
                fast.withUnsafeMutableBufferPointer { Scalar.multiply(product, a, b, into: $0) }
                plain.withUnsafeMutableBufferPointer {
                    PlainKernels.multiply(product, a, b, into: $0)
                }
            }
        }
        for (fast, plain) in zip(fast, plain) {
            #expect(abs(fast - plain) <= 1e-5 * max(1, abs(plain)), "\(product)")
        }
    }

    /// Small, around the panels of the kernel, and beyond its blocks.
    static let roundedShapes =
        shapes + [
            (12, 32, 2), (13, 33, 7), (11, 31, 33), (25, 65, 64), (24, 16, 255), (37, 45, 256),
            (5, 70, 257), (260, 1060, 30), (14, 40, 520),
        ]

    /// Of factors that bfloat16 holds as they are: with the kernel or without, nothing is lost.
    @Test(arguments: roundedShapes, [false, true])
    func roundedProductOfExactFactorsMatchesTwin(shape: (Int, Int, Int), transposeB: Bool) {
        for transposeA in [false, true] {
            for (alpha, beta): (Float, Float) in [(1, 0), (0.5, 1), (-2, 0.25)] {
                expectTwins(
                    MatrixProduct<Float>(
                        rows: shape.0, columns: shape.1, inner: shape.2, transposeA: transposeA,
                        transposeB: transposeB, alpha: alpha, beta: beta, mayRound: true))
            }
        }
    }

    /// Each factor is off by at most 2⁻⁹ of itself, to the nearest and not always down: the errors
    /// of 4,000 products cancel out for the most part.
    @Test func roundingIsToTheNearest() {
        let count = 4000
        let a = drawn(2 * count).map { abs($0) }
        let b = drawn(2 * count, seed: 2).map { abs($0) }
        var product = MatrixProduct<Float>(
            rows: 2, columns: 2, inner: count, transposeB: true, mayRound: true)
        func result() -> [Float] {
            results(
                of: { Float.multiply(product, $0[0], $0[1], into: $1[0]) }, reading: [a, b],
                writing: [[0, 0, 0, 0]])[0]
        }
        let rounded = result()
        product.mayRound = false
        for (rounded, exact) in zip(rounded, result()) {
            #expect(abs(rounded / exact - 1) < 0x1p-13)
        }
    }

    @Test(arguments: [0, 1, 2, 7, 30])
    func inverseTimesMatrixIsIdentity(size: Int) {
        var source = RandomSource(seed: 2)
        let factor = (0..<size * size).map { _ in source.normal() }
        var matrix = [Double](repeating: 0, count: size * size)
        for i in 0..<size {
            for j in 0..<size {
                matrix[i * size + j] = i == j ? 1 : 0
                for k in 0..<size {
                    matrix[i * size + j] += factor[i * size + k] * factor[j * size + k]
                }
            }
        }
        var inverse = matrix
        let isPositive = inverse.withUnsafeMutableBufferPointer {
            OpenBLAS.invertPositiveDefinite($0, size: size)
        }
        #expect(isPositive)
        for i in 0..<size {
            for j in 0..<size {
                let sum = (0..<size).reduce(0.0) {
                    $0 + inverse[i * size + $1] * matrix[$1 * size + j]
                }
                #expect(abs(sum - (i == j ? 1 : 0)) < 1e-9)
            }
        }
    }

    @Test func refusesToInvertWhatIsNotPositiveDefinite() {
        var matrix = [1.0, 2, 2, 1]
        let isPositive = matrix.withUnsafeMutableBufferPointer {
            OpenBLAS.invertPositiveDefinite($0, size: 2)
        }
        #expect(!isPositive)
    }
}
