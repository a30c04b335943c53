import Events
import NeuralNetwork
import Tensor

/// Given embeddings in fewer numbers: in the directions in which they differ most.
///
///     y = C (x / ‖x‖ − μ)
///
/// μ is the mean of the unit vectors that it was learned from, the rows of C are the eigenvectors of
/// their covariance with the largest eigenvalues, the first one first.
///
/// Reference: Jolliffe, "Principal Component Analysis", 2nd edition, Springer 2002, chapter 1.
struct PrincipalComponents: Sendable {
    private static let meanName = "embedding.mean"
    static let rowsName = "embedding.components"
    static let names: Set = [meanName, rowsName]

    /// Embeddings whose covariance is added up at a time.
    private static let rowsAtOnce = 1024

    /// μ, `[inputSize]`
    private let mean: [Float]
    /// C, `[outputSize × inputSize]`
    private let rows: Tensor<Float>

    var inputSize: Int { mean.count }
    var outputSize: Int { rows.rowCount }

    /// Learns from the embeddings of one size; others don't count.
    ///
    /// - Returns: nil where there are none, or they have no more numbers than that.
    /// - Complexity: O(n inputSize² + inputSize³) for n embeddings
    init?(of contents: [ItemContent], inputSize: Int, outputSize: Int) {
        guard outputSize > 0, outputSize < inputSize else { return nil }
        let vectors = contents.compactMap { Self.unit($0.embedding, size: inputSize) }
        guard !vectors.isEmpty else { return nil }
        let mean = (0..<inputSize).map { place in
            vectors.reduce(0) { $0 + Double($1[place]) } / Double(vectors.count)
        }
        guard
            let eigenvectors = OpenBLAS.eigenvectors(
                ofSymmetric: Self.covariance(of: vectors, mean: mean), size: inputSize)
        else { return nil }
        self.mean = mean.map(Float.init)
        // The last ones have the largest eigenvalues.
        rows = Tensor(
            shape: [outputSize, inputSize],
            elements: (0..<outputSize).flatMap { row in
                let start = (inputSize - 1 - row) * inputSize
                return Self.withSign(Array(eigenvectors[start..<start + inputSize]))
            })
    }

    /// An embedding in fewer numbers; nil of one of another size, or without a direction.
    func callAsFunction(_ embedding: [Float]) -> [Float]? {
        guard let unit = Self.unit(embedding, size: inputSize) else { return nil }
        let centred = zip(unit, mean).map { $0 - $1 }
        return (0..<outputSize).map { row in
            let component = rows.elements[row * inputSize..<(row + 1) * inputSize]
            return zip(component, centred).reduce(0) { $0 + $1.0 * $1.1 }
        }
    }

    /// The same items with their embeddings in fewer numbers, and without those that have none.
    func reduced(_ contents: [ItemContent]) -> [ItemContent] {
        contents.map { content in
            var reduced = content
            reduced.embedding = self(content.embedding) ?? []
            return reduced
        }
    }

    /// At length 1; nil where that can't be.
    private static func unit(_ embedding: [Float], size: Int) -> [Float]? {
        let square = embedding.reduce(0) { $0 + $1 * $1 }
        guard embedding.count == size, square > 0, square.isFinite else { return nil }
        let length = square.squareRoot()
        return embedding.map { $0 / length }
    }

    /// Σ (x − μ)(x − μ)ᵀ, `[size × size]`.
    private static func covariance(of vectors: [[Float]], mean: [Double]) -> [Double] {
        let size = mean.count
        var sum = [Double](repeating: 0, count: size * size)
        for start in stride(from: 0, to: vectors.count, by: rowsAtOnce) {
            let part = vectors[start..<min(start + rowsAtOnce, vectors.count)]
            let centred = part.flatMap { zip($0, mean).map { Double($0) - $1 } }
            let product = MatrixProduct<Double>(
                rows: size, columns: size, inner: part.count, transposeA: true, beta: 1)
            sum.withUnsafeMutableBufferPointer { sum in
                centred.withUnsafeBufferPointer {
                    Double.multiply(product, $0, $0, into: sum)
                }
            }
        }
        return sum
    }

    /// An eigenvector's sign is nobody's: the largest number is positive.
    private static func withSign(_ vector: [Double]) -> [Float] {
        let largest = vector.max { abs($0) < abs($1) } ?? 0
        return vector.map { Float(largest < 0 ? -$0 : $0) }
    }
}

extension PrincipalComponents {
    /// As the checkpoint holds them, so that new items are reduced in the same way.
    var entries: [Safetensors.Entry] {
        [
            Safetensors.Entry(name: Self.meanName, shape: [inputSize], floats: mean),
            Safetensors.Entry(name: Self.rowsName, shape: rows.shape, floats: rows.elements),
        ]
    }

    /// Reads what `entries` wrote; nil where nothing was.
    ///
    /// - Throws: `ModelError` or `SafetensorsError` where the parts don't fit together.
    init?(_ weights: Safetensors, outputSize: Int) throws {
        let found = weights.entries.filter { Self.names.contains($0.name) }
        guard !found.isEmpty else { return nil }
        let inputSize = try weights.entry(Self.meanName).shape.first ?? 0
        mean = try weights.checkedFloats(Self.meanName, shape: [inputSize])
        let shape = [outputSize, inputSize]
        rows = Tensor(
            shape: shape, elements: try weights.checkedFloats(Self.rowsName, shape: shape))
    }
}
