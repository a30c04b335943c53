import Events
import NeuralNetwork
import Support
import Tensor
import Testing

@testable import Recommenders

/// Models with rounded items or pruned weights; the contract holds them to what every model keeps.
@Suite struct CompressedModelTests {
    private func scores(_ model: any Recommender) -> [Float] {
        (0..<TasteGroups.groupCount).flatMap { group in
            model.scores(for: [TasteGroups.history(Array(TasteGroups.items(of: group).prefix(3)))])
        }
    }

    /// From the same training, whose weights the rounding doesn't change.
    @Test(arguments: ["dnn", "transformer"], [0.0, 0.1])
    func roundedItemsScoreAlmostAsBefore(name: String, temperature: Double) throws {
        var family = try #require(ModelRegistry.family(named: name))
        if family.defaults["temperature"] != nil {
            family = family.with(["temperature": temperature])
        }
        let plain = scores(try family.fitted(epochs: 10))
        let rounded = scores(try family.with(["int8Items": 1]).fitted(epochs: 10))
        let size = plain.reduce(0) { max($0, abs($1)) }
        #expect(plain != rounded)
        for (score, expected) in zip(rounded, plain) {
            #expect(abs(score - expected) < 0.02 * size)
        }
    }

    @Test(arguments: ["dnn", "transformer"])
    func aRoundedTableTakesAQuarter(name: String) throws {
        let family = try #require(ModelRegistry.family(named: name)).with(["int8Items": 1])
        let model = try family.fitted(epochs: 1)
        let entries = model.parameters()
        let tables = entries.filter { $0.dtype == .i8 }.map(\.name)
        #expect(tables == (name == "dnn" ? ["items.weight", "items.vectors"] : ["items.weight"]))
        for name in tables {
            let shapes = entries.filter { $0.name.hasPrefix(name) }.map(\.shape)
            #expect(shapes == [[TasteGroups.itemCount, 16], [TasteGroups.itemCount]])
        }
    }

    @Test(arguments: ["dnn", "vae", "gan"])
    func prunedWeightsAreStoredWithoutTheirZeros(name: String) throws {
        let family = try #require(ModelRegistry.family(named: name)).with(["prunedShare": 0.75])
        for epochs in [1, 30] {
            let model = try family.fitted(epochs: epochs)
            let weights = Safetensors(entries: model.parameters())
            let masks = weights.entries.filter { $0.name.hasSuffix(".mask") }
            #expect(masks.count >= 2)
            for mask in masks {
                let dense = try SparseEntries.dense(String(mask.name.dropLast(5)), from: weights)
                let zeros = try dense.floats().count { $0 == 0 }
                #expect(zeros >= dense.shape.reduce(1, *) * 3 / 4)
            }
            let dense = try weights.expanded()
            #expect(weights.encoded().count < dense.encoded().count)
            let loaded = try family.load(model.itemCount, dense, model.settings)
            #expect(scores(loaded) == scores(model))
        }
    }

    /// A checkpoint of before has none of the settings.
    @Test(arguments: ["dnn", "vae", "gan", "transformer", "content"])
    func checkpointsOfBeforeAreRead(name: String) throws {
        let family = try #require(ModelRegistry.family(named: name))
        let model = try family.fitted(epochs: 1)
        let compression = ["int8Items", "prunedShare", "embeddingDimensions"]
        let settings = model.settings.filter { !compression.contains($0.key) }
        #expect(settings.count < model.settings.count)
        let weights = Safetensors(entries: model.parameters())
        let loaded = try family.load(model.itemCount, weights, settings)
        #expect(scores(loaded) == scores(model))
        guard family.defaults["epochs"] != nil else { return }
        let start = WarmStart(
            weights: weights, settings: settings, rows: (0..<Int32(model.itemCount)).map { $0 })
        let learner = try family.makeLearner(
            TasteGroups.trainingSet,
            LearnerOptions(seed: 1, workers: 1, settings: family.testSettings, start: start))
        #expect(learner.isWarm)
    }

    /// Each of them may follow the other: a start is read in whatever form it is.
    @Test(arguments: [("dnn", "int8Items"), ("transformer", "int8Items"), ("vae", "prunedShare")])
    func compressionMayBeSwitchedBetweenVersions(name: String, key: String) throws {
        let plain = try #require(ModelRegistry.family(named: name))
        let compressed = plain.with([key: key == "int8Items" ? 1 : 0.5])
        for (first, second) in [(plain, compressed), (compressed, plain)] {
            let rows = (0..<Int32(TasteGroups.itemCount)).map { $0 }
            let start = WarmStart(try first.fitted(epochs: 2), rows: rows)
            var learner = try second.makeLearner(
                TasteGroups.trainingSet,
                LearnerOptions(seed: 1, workers: 2, settings: second.testSettings, start: start))
            #expect(learner.isWarm)
            #expect(try learner.runEpoch().isFinite)
        }
    }

    static let outOfRange: [(String, String, Double)] = [
        ("dnn", "int8Items", 2), ("transformer", "int8Items", 0.5), ("vae", "prunedShare", 1),
        ("gan", "prunedShare", -0.1), ("dnn", "prunedShare", 0.995),
        ("dnn", "embeddingDimensions", -1), ("content", "embeddingDimensions", 1.5),
    ]

    @Test(arguments: outOfRange)
    func settingsOutOfRangeAreRefused(name: String, key: String, value: Double) throws {
        let family = try #require(ModelRegistry.family(named: name))
        #expect(throws: ModelError.invalidSetting(key, value: value)) {
            try family.makeLearner(
                TasteGroups.trainingSet,
                LearnerOptions(seed: 1, workers: 1, settings: [key: value]))
        }
    }
}
