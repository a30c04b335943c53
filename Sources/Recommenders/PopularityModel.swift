import Events
import NeuralNetwork

/// The same answer for everybody: an item's score is the number of users who did something
/// positive with it. A user counts once for an item, however often he came back.
package struct PopularityModel: Recommender {
    package static let family = ModelFamily(
        name: "popularity", defaults: [:], reads: .nothing,
        makeLearner: { data, options in
            _ = try options.settings.over([:])
            return PopularityLearner(model: PopularityModel(counting: data))
        },
        load: { itemCount, weights, _ in
            PopularityModel(counts: try weights.checkedFloats("counts", shape: [itemCount]))
        })

    /// Users of each item, `[itemCount]`.
    let counts: [Float]

    init(counts: [Float]) {
        self.counts = counts
    }

    init(counting data: TrainingSet) {
        var counts = [Float](repeating: 0, count: data.itemCount)
        for history in data.histories {
            for item in history.positiveItems { counts[Int(item)] += 1 }
        }
        self.counts = counts
    }

    package var itemCount: Int { counts.count }
    package var settings: ModelSettings { [:] }

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
