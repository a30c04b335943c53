import Support
import Testing

@testable import Tensor

@Suite struct EigenvectorsTests {
    /// Eigenvalues 1 and 3.
    @Test func matchAWorkedExample() throws {
        let vectors = try #require(OpenBLAS.eigenvectors(ofSymmetric: [2, 1, 1, 2], size: 2))
        #expect(abs(vectors[0] + vectors[1]) < 1e-12)
        #expect(abs(vectors[2] - vectors[3]) < 1e-12)
        #expect(abs(abs(vectors[2]) - 0.5.squareRoot()) < 1e-12)
    }

    @Test(arguments: [1, 2, 7, 40])
    func areUnitVectorsThatTheMatrixOnlyStretches(size: Int) throws {
        var source = RandomSource(seed: 4)
        var matrix = [Double](repeating: 0, count: size * size)
        for row in 0..<size {
            for column in 0...row {
                matrix[row * size + column] = source.normal()
                matrix[column * size + row] = matrix[row * size + column]
            }
        }
        let vectors = try #require(OpenBLAS.eigenvectors(ofSymmetric: matrix, size: size))
        var last = -Double.infinity
        for number in 0..<size {
            let vector = Array(vectors[number * size..<(number + 1) * size])
            let image = (0..<size).map { row in
                (0..<size).reduce(0) { $0 + matrix[row * size + $1] * vector[$1] }
            }
            let value = zip(image, vector).reduce(0) { $0 + $1.0 * $1.1 }
            #expect(abs(vector.reduce(0) { $0 + $1 * $1 } - 1) < 1e-12)
            for (stretched, x) in zip(image, vector) { #expect(abs(stretched - value * x) < 1e-10) }
            #expect(value >= last)
            last = value
        }
    }

    @Test func ofNothingThereAreNone() {
        #expect(OpenBLAS.eigenvectors(ofSymmetric: [], size: 0) == [])
    }
}
