import Events
import NeuralNetwork
import Tensor

/// Item-to-item weights in closed form: each item's score is a linear function of the history.
///
///     scores = x B,   B = I − P · diag(1 / diag P),   P = (XᵀX + λI)⁻¹,   diag B = 0
///
/// X are the weights of the training users' items, 1 where all events weigh alike; x is multi-hot.
/// Hard to beat on small catalogues, and without anything to tune but λ. The matrix is items ×
/// items, so a large catalogue is refused.
///
/// Reference: Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", WWW 2019, section 3.
///
/// - Complexity: O(items³) time and 12 · items² bytes to fit.
package struct EASE: Recommender {
    static let defaults: ModelSettings = ["lambda": 500, "maxItems": 15_000]

    package static let family = ModelFamily(
        name: "ease", defaults: defaults,
        makeLearner: { data, options in try EASELearner(data, options: options) },
        load: { itemCount, weights, settings in
            let floats = try weights.checkedFloats("weights", shape: [itemCount, itemCount])
            return EASE(
                weights: Tensor(shape: [itemCount, itemCount], elements: floats),
                settings: try settings.over(EASE.defaults))
        })

    /// B, `[items × items]`: what an item of the history (row) says for another (column).
    let weights: Tensor<Float>
    /// Whether anything but 0 is in an item's row, `[items]`.
    private let saysSomething: [Bool]
    package let settings: ModelSettings

    init(weights: Tensor<Float>, settings: ModelSettings) {
        self.weights = weights
        self.settings = settings
        let itemCount = weights.rowCount
        saysSomething = weights.elements.withUnsafeBufferPointer { elements in
            (0..<itemCount).map { row in
                elements[row * itemCount..<(row + 1) * itemCount].contains { $0 != 0 }
            }
        }
    }

    package var itemCount: Int { weights.rowCount }

    /// Whether an item of the history says anything for another: one that nobody had together with
    /// others doesn't.
    package func canAnswer(_ history: History) -> Bool {
        history.interactions.contains { $0.strength > 0 && saysSomething[$0.item.row] }
    }

    package func scores(for histories: [History]) -> [Float] {
        var input = SparseRows<Float>(columnCount: itemCount)
        for history in histories { input.appendRow(history.positiveItems, weight: 1) }
        let tape = Tape<Float>(isRecording: false)
        return tape[tape.embeddingBag(input, table: tape.constant(weights))].elements
    }

    package func parameters() -> [Safetensors.Entry] {
        [Safetensors.Entry(name: "weights", shape: weights.shape, floats: weights.elements)]
    }
}

/// Solves for B in its only epoch.
private struct EASELearner: Learner {
    private let itemCount: Int
    private let users: [WeightedItems]
    private let lambda: Double
    private let pool: WorkerPool
    private let settings: ModelSettings
    private var weights: Tensor<Float>

    init(_ data: TrainingSet, options: LearnerOptions) throws {
        try OpenBLAS.load()
        settings = try options.settings.over(EASE.defaults)
        let maxItems = try settings.integer("maxItems", in: 1...Int(Int32.max))
        guard data.itemCount <= maxItems else {
            throw ModelError.tooManyItems(data.itemCount, maximum: maxItems)
        }
        lambda = try settings.real("lambda", in: 1e-6...1e12)
        itemCount = data.itemCount
        users = data.weightedItems
        pool = WorkerPool(count: options.workers)
        weights = Tensor(zeros: [itemCount, itemCount])
    }

    var maxEpochs: Int { 1 }

    /// - Throws: `notFinite` when rounding left a matrix that can't be inverted: λ is too small.
    mutating func runEpoch() throws -> Double {
        var matrix = coOccurrence()
        let isInverted = matrix.withUnsafeMutableBufferPointer {
            OpenBLAS.invertPositiveDefinite($0, size: itemCount)
        }
        guard isInverted else { throw ModelError.notFinite(parameter: "weights") }
        let diagonal = (0..<itemCount).map { matrix[$0 * itemCount + $0] }
        weights.elements.withUnsafeMutableBufferPointer { weights in
            for row in 0..<itemCount {
                for column in 0..<itemCount where column != row {
                    let index = row * itemCount + column
                    weights[index] = Float(-matrix[index] / diagonal[column])
                }
            }
        }
        return 0
    }

    func recommender() -> any Recommender {
        EASE(weights: weights, settings: settings)
    }

    /// XᵀX + λI, the upper triangle: how many users did something with both items, weighted.
    private func coOccurrence() -> [Double] {
        // For each item, the users who have it, and where in their (ascending) items it stands.
        var holders = [[(user: Int, place: Int)]](repeating: [], count: itemCount)
        for (user, row) in users.enumerated() {
            for (place, item) in row.items.enumerated() {
                holders[Int(item)].append((user, place))
            }
        }
        var matrix = [Double](repeating: 0, count: itemCount * itemCount)
        matrix.withUnsafeMutableBufferPointer { [itemCount, users, lambda, pool] matrix in
            pool.run { [holders, matrix] worker in
                // Dealt like cards: the first rows are the longest.
                for row in stride(from: worker, to: itemCount, by: pool.count) {
                    let counts = UnsafeMutableBufferPointer(
                        rebasing: matrix[row * itemCount..<(row + 1) * itemCount])
                    counts[row] = lambda
                    for (user, place) in holders[row] {
                        users[user].add(from: place, to: counts)
                    }
                }
            }
        }
        return matrix
    }
}

extension WeightedItems {
    /// Adds the products of the weight in a place with those from it on to the items' counts.
    ///
    /// - Parameter counts: `[itemCount]`
    fileprivate func add(from place: Int, to counts: UnsafeMutableBufferPointer<Double>) {
        let weight = Double(weights[place])
        items.withUnsafeBufferPointer { items in
            weights.withUnsafeBufferPointer { weights in
                for other in place..<items.count {
                    counts[Int(items[other])] += weight * Double(weights[other])
                }
            }
        }
    }
}
