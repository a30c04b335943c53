import Testing

@testable import Recommenders

extension ModelFamily {
    /// The test's settings, as far as the family has their keys.
    var testSettings: ModelSettings { TasteGroups.settings.filter { defaults[$0.key] != nil } }

    /// A model after some epochs on the oracle data set, or another.
    func fitted(
        on data: TrainingSet = TasteGroups.trainingSet, seed: UInt64 = 1, workers: Int = 2,
        epochs: Int = 30
    ) throws -> any Recommender {
        var learner = try makeLearner(
            data, LearnerOptions(seed: seed, workers: workers, settings: testSettings))
        for _ in 0..<min(epochs, learner.maxEpochs) {
            #expect(try learner.runEpoch().isFinite)
        }
        return learner.recommender()
    }
}

/// What the contract is for: every registered family, and the example of docs/models.
enum FamiliesUnderContract {
    static let all = ModelRegistry.families + [Companions.family]

    /// Names for a test's arguments: of all, or of those with the property.
    static func names(where isMeant: (ModelFamily) -> Bool = { _ in true }) -> [String] {
        all.filter(isMeant).map(\.name)
    }

    static func family(_ name: String) throws -> ModelFamily {
        try #require(all.first { $0.name == name })
    }
}
