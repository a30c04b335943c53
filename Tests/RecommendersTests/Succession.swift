import Events
import Support

@testable import Recommenders

/// An oracle of order: after item i always comes item i + 1, after the last one the first.
enum Succession {
    static let itemCount = 12

    static let trainingSet: TrainingSet = {
        var source = RandomSource(seed: 7)
        let histories = (0..<160).map { _ in
            let first = Int.random(in: 0..<itemCount, using: &source)
            let length = Int.random(in: 2...9, using: &source)
            return history((first..<first + length).map { $0 % itemCount }).interactions
        }
        return TrainingSet(itemCount: itemCount, histories: histories)
    }()

    /// Small enough for a test, and plain: no biases, a constant rate.
    static let settings: ModelSettings = [
        "positions": 6, "width": 16, "blocks": 1, "feedForwardSize": 16, "batchSize": 16,
        "learningRate": 0.01, "negatives": 5, "positionBias": 0, "gapBias": 0, "warmupSteps": 0,
        "cosineEpochs": 0,
    ]

    /// An event each minute; the request comes half a minute after the last.
    static func history(_ items: [Int]) -> History {
        let start = Timestamp(milliseconds: 1_000_000_000_000)
        return History(
            interactions: items.enumerated().map { place, item in
                Interaction(item: ItemIndex(item), time: start + .seconds(60 * place))
            }, now: start + .seconds(60 * items.count - 30))
    }

    /// A fit after so many epochs.
    static func fit(
        _ family: ModelFamily = Transformer.family, changes: ModelSettings = [:],
        seed: UInt64 = 1, workers: Int = 2, epochs: Int
    ) throws -> any Recommender {
        var learner = try family.makeLearner(
            trainingSet,
            LearnerOptions(
                seed: seed, workers: workers, settings: settings.merging(changes) { $1 }))
        for _ in 0..<epochs { _ = try learner.runEpoch() }
        return learner.recommender()
    }

    /// The item of the highest score.
    static func best(_ model: any Recommender, after items: [Int]) -> Int? {
        let scores = model.scores(for: [history(items)])
        return scores.indices.max { scores[$0] < scores[$1] }
    }
}
