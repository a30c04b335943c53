import Events
import NeuralNetwork
import Support
import Tensor

/// Items that the same people liked: a candidate's score is the similarity to the history of those
/// of its nearest neighbours that are in it.
///
///     s_ij = Σ_u w_ui w_uj / (‖w_i‖ ‖w_j‖ + shrinkage)
///     score(j) = Σ_{i ∈ h ∩ N(j)} s_ij
///
/// w_ui is what item i weighs for user u, 0 without an event: where all events weigh alike,
/// s_ij = |U_i ∩ U_j| / (√(|U_i| |U_j|) + shrinkage) with U_i the users of item i. N(j) are the
/// `neighbours` items most similar to j. Shrinkage takes trust from similarities that rest on few
/// users.
///
/// Reference: Sarwar et al., "Item-based Collaborative Filtering Recommendation Algorithms", WWW
/// 2001, sections 3.1 and 3.2. Shrinkage as in the baselines of Ferrari Dacrema, Cremonesi & Jannach,
/// "Are We Really Making Much Progress?", RecSys 2019. Differs: from Bell & Koren, ICDM 2007, who
/// brought it up and multiply a similarity that rests on n users with n / (n + β).
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

/// Adds up what items have in common and keeps the nearest.
private struct ItemKNNFit {
    let settings: ModelSettings
    private let neighbours: Int
    private let shrinkage: Float
    private let itemCount: Int
    /// w, `[users × items]`.
    private let users: SparseMatrix
    private let pool: WorkerPool

    init(_ data: TrainingSet, options: LearnerOptions) throws {
        settings = try options.settings.over(ItemKNN.defaults)
        neighbours = try settings.integer("neighbours", in: 1...10_000)
        shrinkage = Float(try settings.real("shrinkage", in: 0...1e6))
        itemCount = data.itemCount
        users = SparseMatrix(data.weightedItems, itemCount: itemCount)
        pool = WorkerPool(count: options.workers)
    }

    var noSimilarities: SparseMatrix {
        SparseMatrix(rows: Array(repeating: [], count: itemCount), columnCount: itemCount)
    }

    func similarities() -> SparseMatrix {
        let holders = users.transposed()
        let squaredNorms = (0..<itemCount).map { item in
            holders.range(of: item).reduce(Float(0)) {
                $0 + holders.weights[$1] * holders.weights[$1]
            }
        }
        let itemCount = itemCount
        let neighbourhoods = pool.rows(
            count: itemCount, scratch: { [Float](repeating: 0, count: itemCount) }
        ) { item, products in
            nearest(to: item, holders: holders, squaredNorms: squaredNorms, products: &products)
        }
        return SparseMatrix(rows: neighbourhoods, columnCount: itemCount).transposed()
    }

    /// N(j) with s_ij, by the number of the item.
    ///
    /// - Parameter products: Zeros, `[itemCount]`, and zeros again at the end.
    private func nearest(
        to item: Int, holders: SparseMatrix, squaredNorms: [Float], products: inout [Float]
    ) -> [SparseMatrix.Element] {
        products.withUnsafeMutableBufferPointer { products in
            for place in holders.range(of: item) {
                users.add(
                    row: Int(holders.columns[place]), times: holders.weights[place], to: products)
            }
        }
        var nearest = Nearest(limit: neighbours)
        for other in products.indices where products[other] != 0 {
            defer { products[other] = 0 }
            guard other != item else { continue }
            let norms = (squaredNorms[item] * squaredNorms[other]).squareRoot()
            nearest.offer(Int32(other), products[other] / (norms + shrinkage))
        }
        return nearest.elements.sorted { $0.column < $1.column }
    }
}
