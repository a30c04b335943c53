import NeuralNetwork
import Tensor

/// What items are, as points: an item's likeness to another is the product of their vectors.
enum ContentVectors: Sendable {
    /// Of terms, `[items × terms]`.
    case terms(SparseMatrix)
    /// Given by the application, `[items × width]`.
    case embeddings(Tensor<Float>)

    /// Given vectors, at length 1 each. One of another length, or with numbers that aren't finite,
    /// becomes 0.
    init(normalizing embeddings: [[Float]], width: Int) {
        let elements = embeddings.flatMap { vector in
            let norm = vector.reduce(Float(0)) { $0 + $1 * $1 }.squareRoot()
            guard vector.count == width, norm.isFinite, norm > 0 else {
                return [Float](repeating: 0, count: width)
            }
            return vector.map { $0 / norm }
        }
        self = .embeddings(Tensor(shape: [embeddings.count, width], elements: elements))
    }

    var itemCount: Int {
        switch self {
        case .terms(let matrix): matrix.rowCount
        case .embeddings(let table): table.rowCount
        }
    }

    var width: Int {
        switch self {
        case .terms(let matrix): matrix.columnCount
        case .embeddings(let table): table.columnCount
        }
    }

    func isZero(_ item: Int) -> Bool {
        switch self {
        case .terms(let matrix): matrix.range(of: item).isEmpty
        case .embeddings(let table):
            table.elements[item * width..<(item + 1) * width].allSatisfy { $0 == 0 }
        }
    }

    /// Adds `factor · x_item` to a profile, `[width]`.
    func add(_ item: Int, times factor: Float, to profile: inout [Float]) {
        switch self {
        case .terms(let matrix):
            profile.withUnsafeMutableBufferPointer {
                matrix.add(row: item, times: factor, to: $0)
            }
        case .embeddings(let table):
            for place in 0..<width {
                profile[place] += factor * table.elements[item * width + place]
            }
        }
    }

    /// The product of each item with a profile.
    ///
    /// - Parameters:
    ///   - profile: `[width]`
    ///   - scores: `[itemCount]`
    func products(with profile: [Float], into scores: UnsafeMutableBufferPointer<Float>) {
        switch self {
        case .terms(let matrix):
            profile.withUnsafeBufferPointer { profile in
                for item in scores.indices { scores[item] = matrix.dot(row: item, profile) }
            }
        case .embeddings(let table):
            guard itemCount > 0 else { return }
            let tape = Tape<Float>(isRecording: false)
            let products = tape.linear(
                tape.constant(Tensor(shape: [1, width], elements: profile)),
                weight: tape.constant(table), bias: tape.constant(Tensor(zeros: [itemCount])))
            _ = scores.update(fromContentsOf: tape[products].elements)
        }
    }
}
