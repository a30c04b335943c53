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
        func random(_ count: Int) -> [Scalar] { (0..<count).map { _ in Scalar(source.normal()) } }
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
