import Events
import Tensor

/// What is known of items beside their events, as the network reads it.
struct ContentInput: Sendable {
    /// By item.
    private(set) var buckets: [[Int32]]
    /// `[items × embeddingSize]`: given embeddings as unit vectors; 0 where none of that size is
    /// given.
    private let embeddings: [Float]
    let bucketCount: Int
    let embeddingSize: Int

    init(_ contents: [ItemContent], bucketCount: Int, embeddingSize: Int) {
        self.bucketCount = bucketCount
        self.embeddingSize = embeddingSize
        buckets = contents.map { HashedFeatures.buckets(of: $0, count: bucketCount) }
        embeddings = contents.flatMap { content -> [Float] in
            let square = content.embedding.reduce(0) { $0 + $1 * $1 }
            guard content.embedding.count == embeddingSize, square > 0, square.isFinite else {
                return Array(repeating: 0, count: embeddingSize)
            }
            return content.embedding.map { $0 / square.squareRoot() }
        }
    }

    /// Leaves out features that fewer than so many of the items have.
    mutating func dropRareFeatures(below minimum: Int, among items: [Int32]) {
        let common = HashedFeatures.droppingRare(items.map { buckets[Int($0)] }, below: minimum)
        let learned = Set(common.joined())
        buckets = buckets.map { $0.filter(learned.contains) }
    }

    /// The size that most embeddings have, the smaller one of two; 0 without embeddings.
    static func embeddingSize(of contents: [ItemContent]) -> Int {
        var counts: [Int: Int] = [:]
        for content in contents where !content.embedding.isEmpty {
            counts[content.embedding.count, default: 0] += 1
        }
        return counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? 0
    }

    /// What the network reads of some of the items.
    func rows<Scalar>(_ items: [Int32]) -> ContentRows<Scalar> {
        var features = SparseRows<Scalar>(columnCount: bucketCount)
        var given: [Scalar] = []
        given.reserveCapacity(items.count * embeddingSize)
        for item in items {
            features.appendRow(buckets[Int(item)], weight: 1)
            let start = Int(item) * embeddingSize
            given += embeddings[start..<start + embeddingSize].map { Scalar($0) }
        }
        let shape = [items.count, embeddingSize]
        return ContentRows(
            features: features,
            embeddings: embeddingSize == 0 ? nil : Tensor(shape: shape, elements: given))
    }
}

/// What the network reads of some items beside their ids.
struct ContentRows<Scalar: TensorScalar>: Sendable {
    /// `[items × buckets]`, multi-hot.
    var features: SparseRows<Scalar>
    /// `[items × embeddingSize]`; nil where none are given.
    var embeddings: Tensor<Scalar>?
}
