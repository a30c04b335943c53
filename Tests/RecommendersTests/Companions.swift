import Events
import NeuralNetwork
import Support

@testable import Recommenders

/// Items that the same people liked: how many users had them together with the history's items.
///
///     score(j) = Σ_{i ∈ h} n_ij,   n_ij = |U_i ∩ U_j|,   n_ii = 0
///
/// - Complexity: O(items²) memory, so a large catalogue is refused.
package struct Companions: Recommender {
    static let defaults: ModelSettings = ["maxItems": 5_000]

    package static let family = ModelFamily(
        name: "companions", defaults: defaults,
        makeLearner: { data, options in
            let settings = try options.settings.over(defaults)
            let maxItems = try settings.integer("maxItems", in: 1...20_000)
            let itemCount = data.itemCount
            guard itemCount <= maxItems else {
                throw ModelError.tooManyItems(itemCount, maximum: maxItems)
            }
            let none = [Float](repeating: 0, count: itemCount * itemCount)
            return SolvedModel(
                empty: Companions(counts: none, itemCount: itemCount, settings: settings)
            ) {
                Companions(counts: counts(in: data), itemCount: itemCount, settings: settings)
            }
        },
        load: { itemCount, weights, settings in
            let counts = try weights.checkedFloats("counts", shape: [itemCount, itemCount])
            let settings = try settings.over(defaults)
            return Companions(counts: counts, itemCount: itemCount, settings: settings)
        })

    /// n, `[items × items]`.
    let counts: [Float]
    package let itemCount: Int
    package let settings: ModelSettings

    private static func counts(in data: TrainingSet) -> [Float] {
        var counts = [Float](repeating: 0, count: data.itemCount * data.itemCount)
        for history in data.histories {
            let items = history.positiveItems
            for item in items {
                for other in items where other != item {
                    counts[Int(item) * data.itemCount + Int(other)] += 1
                }
            }
        }
        return counts
    }

    package func canAnswer(_ history: History) -> Bool {
        history.interactions.contains { $0.strength > 0 }
    }

    package func scores(for histories: [History]) -> [Float] {
        histories.flatMap { history in
            let items = history.positiveItems
            return (0..<itemCount).map { candidate in
                items.reduce(0) { $0 + counts[Int($1) * itemCount + candidate] }
            }
        }
    }

    package func parameters() -> [Safetensors.Entry] {
        [Safetensors.Entry(name: "counts", shape: [itemCount, itemCount], floats: counts)]
    }
}
