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

/// What the contract is for: every registered family, the example of docs/models, and the families
/// that can be compressed, compressed.
enum FamiliesUnderContract {
    static let all =
        ModelRegistry.families + [Companions.family] + [
            DNN.family.with(["int8Items": 1]), DNN.family.with(["prunedShare": 0.5]),
            Transformer.family.with(["int8Items": 1]), VAE.family.with(["prunedShare": 0.5]),
            GAN.family.with(["prunedShare": 0.5]),
        ]

    /// Names for a test's arguments: of all, or of those with the property.
    static func names(where isMeant: (ModelFamily) -> Bool = { _ in true }) -> [String] {
        all.filter(isMeant).map(\.name)
    }

    static func family(_ name: String) throws -> ModelFamily {
        try #require(all.first { $0.name == name })
    }

    /// How far scores may be apart that another order of sums made: relative, and absolute below 1.
    /// Where a vector is rounded, such a difference may tip a number to the next level.
    static func tolerance(_ name: String) throws -> Float {
        try family(name).defaults["int8Items"] == 1 ? 1e-3 : 1e-5
    }

    /// The same where the items were rounded, and rounded again with their contents.
    static func warmTolerance(_ name: String) throws -> Float {
        try family(name).defaults["int8Items"] == 1 ? 3e-2 : 1e-4
    }
}

extension ModelFamily {
    /// The family with other defaults.
    func with(_ changes: ModelSettings) -> ModelFamily {
        let text = changes.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        return ModelFamily(
            name: ([name] + text).joined(separator: " "),
            defaults: defaults.merging(changes) { $1 }, readsContent: readsContent, reads: reads,
            makeLearner: { data, options in
                var options = options
                options.settings = changes.merging(options.settings) { $1 }
                return try makeLearner(data, options)
            }, load: load)
    }
}
