import Events
import NeuralNetwork
import Support
import Tensor

/// Items that the same people liked: a candidate's score is the similarity to the history of those
/// of its nearest neighbours that are in it.
///
///     s_ij = |U_i ∩ U_j| / (√(|U_i| |U_j|) + shrinkage)
///     score(j) = Σ_{i ∈ h ∩ N(j)} s_ij
///
/// U_i are the users of item i, N(j) the `neighbours` items most similar to j. Shrinkage takes trust
/// from similarities that rest on few users.
///
/// Reference: Sarwar et al., "Item-based Collaborative Filtering Recommendation Algorithms", WWW
/// 2001, sections 3.1 and 3.2. Shrinkage after Bell & Koren, ICDM 2007, section 3.
///
/// - Complexity: O(Σ_u |h_u|²) time and O(items · neighbours) memory to fit; a history is scored in
///   O(items + Σ_{i ∈ h} of how many i is a neighbour).
package struct ItemKNN: Recommender {
    static let defaults: ModelSettings = ["neighbours": 100, "shrinkage": 0]

    package static let family = ModelFamily(
        name: "itemknn", defaults: defaults,
        makeLearner: { data, options in
            let fit = try ItemKNNFit(data, options: options)
            let empty = ItemKNN(similarities: fit.noSimilarities, settings: fit.settings)
            return SolvedModel(empty: empty) {
                ItemKNN(similarities: fit.similarities(), settings: fit.settings)
            }
        },
        load: { itemCount, weights, settings in
            ItemKNN(
                similarities: try SparseMatrix(
                    "similarities", rowCount: itemCount, columnCount: itemCount, from: weights),
                settings: try settings.over(defaults))
        })

    /// s, `[items × items]`: what an item of the history (row) adds to a candidate (column). A column
    /// has at most `neighbours` elements.
    let similarities: SparseMatrix
    package let settings: ModelSettings

    package var itemCount: Int { similarities.columnCount }

    /// Whether any item of the history is a neighbour of another.
    package func canAnswer(_ history: History) -> Bool {
        history.interactions.contains {
            $0.strength > 0 && !similarities.range(of: $0.item.row).isEmpty
        }
    }

    package func scores(for histories: [History]) -> [Float] {
        scores(rows: histories) { history, sums in
            for item in history.positiveItems {
                similarities.add(row: Int(item), times: 1, to: sums)
            }
        }
    }

    package func parameters() -> [Safetensors.Entry] { similarities.entries("similarities") }
}

/// Counts what items have in common and keeps the nearest.
private struct ItemKNNFit {
    let settings: ModelSettings
    private let neighbours: Int
    private let shrinkage: Float
    private let itemCount: Int
    private let users: [[Int32]]
    private let pool: WorkerPool

    init(_ data: TrainingSet, options: LearnerOptions) throws {
        settings = try options.settings.over(ItemKNN.defaults)
        neighbours = try settings.integer("neighbours", in: 1...10_000)
        shrinkage = Float(try settings.real("shrinkage", in: 0...1e6))
        itemCount = data.itemCount
        users = data.histories.map(\.positiveItems)
        pool = WorkerPool(count: options.workers)
    }

    var noSimilarities: SparseMatrix {
        SparseMatrix(rows: Array(repeating: [], count: itemCount), columnCount: itemCount)
    }

    func similarities() -> SparseMatrix {
        let holders = SparseMatrix(
            rows: users.map { $0.map { (column: $0, weight: 1) } }, columnCount: itemCount
        ).transposed()
        let itemCount = itemCount
        let neighbourhoods = pool.rows(
            count: itemCount, scratch: { CommonUsers(itemCount: itemCount) }
        ) { item, common in
            nearest(to: item, holders: holders, counting: &common)
        }
        return SparseMatrix(rows: neighbourhoods, columnCount: itemCount).transposed()
    }

    /// N(j) with s_ij, by the number of the item.
    private func nearest(
        to item: Int, holders: SparseMatrix, counting common: inout CommonUsers
    ) -> [SparseMatrix.Element] {
        for place in holders.range(of: item) {
            common.count(users[Int(holders.columns[place])])
        }
        let size = Float(holders.range(of: item).count)
        var nearest = Nearest(limit: neighbours)
        common.takeAll { other, count in
            guard Int(other) != item else { return }
            let otherSize = Float(holders.range(of: Int(other)).count)
            nearest.offer(other, Float(count) / ((size * otherSize).squareRoot() + shrinkage))
        }
        return nearest.elements.sorted { $0.column < $1.column }
    }
}

/// How many users an item has in common with each other one.
private struct CommonUsers {
    private var counts: [Int32]

    init(itemCount: Int) {
        counts = Array(repeating: 0, count: itemCount)
    }

    mutating func count(_ items: [Int32]) {
        counts.withUnsafeMutableBufferPointer { counts in
            items.withUnsafeBufferPointer { items in
                for item in items { counts[Int(item)] += 1 }
            }
        }
    }

    /// Hands out what isn't 0, in the order of the items, and begins anew.
    mutating func takeAll(_ body: (_ item: Int32, _ count: Int32) -> Void) {
        counts.withUnsafeMutableBufferPointer { counts in
            for item in counts.indices where counts[item] != 0 {
                body(Int32(item), counts[item])
                counts[item] = 0
            }
        }
    }
}
