import Events
import Foundation
import NeuralNetwork
import Support

/// The same answer for everybody: an item's score is the number of users who did something
/// positive with it. A user counts once for an item, however often he came back.
///
///     score(i) = Σ_u max_k w_k 2^(−(T − t_k) / halfLife)
///
/// k are the positive events of user u on item i, w_k the event's weight in training, t_k its time, T
/// the last time of all. Without a half-life, and with events that weigh alike, each term is 1.
package struct PopularityModel: Recommender {
    static let defaults: ModelSettings = ["halfLifeDays": 0]

    package static let family = ModelFamily(
        name: "popularity", defaults: defaults, reads: .nothing,
        makeLearner: { data, options in
            let settings = try options.settings.over(defaults)
            let halfLife = try settings.real("halfLifeDays", in: 0...1e6)
            return PopularityLearner(
                model: PopularityModel(
                    counts: counts(of: data, halfLifeDays: halfLife), settings: settings))
        },
        load: { itemCount, weights, settings in
            PopularityModel(
                counts: try weights.checkedFloats("counts", shape: [itemCount]),
                settings: try settings.over(defaults))
        })

    /// Users of each item, weighted, `[itemCount]`.
    let counts: [Float]
    package let settings: ModelSettings

    /// - Parameter counts: `[itemCount]`
    init(counts: [Float], settings: ModelSettings = defaults) {
        self.counts = counts
        self.settings = settings
    }

    /// How many users did something positive with each item, weighted.
    ///
    /// - Parameter halfLifeDays: The age at which a user counts half; 0: all count the same.
    /// - Returns: `[itemCount]`.
    static func counts(of data: TrainingSet, halfLifeDays: Double = 0) -> [Float] {
        var counts = [Double](repeating: 0, count: data.itemCount)
        let weights = EventWeights(data)
        let end = data.histories.lazy.flatMap { $0.lazy.map(\.time) }.max()
        for history in data.histories {
            var terms: [ItemIndex: Double] = [:]
            for interaction in history where interaction.strength > 0 {
                let time = interaction.time
                let days = halfLifeDays > 0 ? ((end ?? time) - time).inDays : 0
                let decay = halfLifeDays > 0 ? exp2(-days / halfLifeDays) : 1
                terms[interaction.item] = max(
                    terms[interaction.item] ?? 0, Double(weights.weight(of: interaction)) * decay)
            }
            for (item, term) in terms { counts[item.row] += term }
        }
        return counts.map(Float.init)
    }

    package var itemCount: Int { counts.count }

    package func canAnswer(_ history: History) -> Bool { true }

    package func scores(for histories: [History]) -> [Float] {
        Array(repeatElement(counts, count: histories.count).joined())
    }

    package func parameters() -> [Safetensors.Entry] {
        [Safetensors.Entry(name: "counts", shape: [itemCount], floats: counts)]
    }
}

/// Counting is done at once: there is nothing left to do in an epoch.
private struct PopularityLearner: Learner {
    let model: PopularityModel

    var maxEpochs: Int { 1 }

    mutating func runEpoch() -> Double { 0 }

    func recommender() -> any Recommender { model }
}

extension Duration {
    var inDays: Double { inSeconds / 86_400 }
}
