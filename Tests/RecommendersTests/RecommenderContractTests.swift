import Events
import NeuralNetwork
import Support
import Testing

@testable import Recommenders

/// What every family must keep, on data whose right answer is known.
@Suite struct RecommenderContractTests {
    static let names = ModelRegistry.families.map(\.name)

    private func family(_ name: String) throws -> ModelFamily {
        try #require(ModelRegistry.family(named: name))
    }

    private func fit(
        _ name: String, seed: UInt64 = 1, workers: Int = 2, epochs: Int = 30
    ) throws -> any Recommender {
        let family = try family(name)
        let settings = TasteGroups.settings.filter { family.defaults[$0.key] != nil }
        var learner = try family.makeLearner(
            TasteGroups.trainingSet,
            LearnerOptions(seed: seed, workers: workers, settings: settings))
        for _ in 0..<min(epochs, learner.maxEpochs) {
            #expect(try learner.runEpoch().isFinite)
        }
        return learner.recommender()
    }

    @Test(arguments: names)
    func scoresTheWholeCatalogueWithFiniteNumbers(name: String) throws {
        let model = try fit(name, epochs: 1)
        let histories = [
            TasteGroups.history([1]), TasteGroups.history([]), TasteGroups.history([0, 5]),
        ]
        let scores = model.scores(for: histories)
        #expect(model.itemCount == TasteGroups.itemCount)
        #expect(scores.count == 3 * TasteGroups.itemCount)
        #expect(scores.allSatisfy { $0.isFinite })
        #expect(model.scores(for: []).isEmpty)
    }

    /// A visitor who was never seen, with some items of one taste: the next ones are of that taste.
    @Test(arguments: names.filter { $0 != "popularity" })
    func findsTheTasteOfANewUser(name: String) throws {
        let model = try fit(name)
        for group in 0..<TasteGroups.groupCount {
            let items = TasteGroups.items(of: group)
            let seen = Array(items.prefix(3))
            let scores = model.scores(for: [TasteGroups.history(seen)])
            let ranked = scores.indices.filter { !seen.contains($0) }
                .sorted { scores[$0] > scores[$1] }
            #expect(Set(ranked.prefix(items.count - 3)) == Set(items.dropFirst(3)))
        }
    }

    @Test(arguments: names)
    func batchEqualsSingle(name: String) throws {
        let model = try fit(name, epochs: 2)
        let histories = [[1, 2], [], [7], [0, 3, 6, 9], [2, 1]].map(TasteGroups.history)
        let batch = model.scores(for: histories)
        for (row, history) in histories.enumerated() {
            let single = model.scores(for: [history])
            for (item, score) in single.enumerated() {
                let inBatch = batch[row * model.itemCount + item]
                #expect(abs(score - inBatch) <= 1e-5 * max(1, abs(score)))
            }
        }
    }

    /// The families that read which items, not in which order or how often.
    static let unordered = names.filter { !$0.hasPrefix("transformer") }

    @Test(arguments: unordered)
    func readsDistinctItemsInAnyOrder(name: String) throws {
        let model = try fit(name, epochs: 2)
        #expect(
            model.scores(for: [TasteGroups.history([4, 1, 4, 1])])
                == model.scores(for: [TasteGroups.history([1, 4])]))
    }

    @Test(arguments: names)
    func readsPositiveItemsOnly(name: String) throws {
        let model = try fit(name, epochs: 2)
        var noisy = TasteGroups.history([4, 1])
        noisy.interactions.insert(
            Interaction(item: ItemIndex(8), strength: -1, time: noisy.now), at: 1)
        noisy.interactions.append(
            Interaction(item: ItemIndex(9), strength: 0, time: noisy.now))
        #expect(model.scores(for: [noisy]) == model.scores(for: [TasteGroups.history([4, 1])]))
    }

    @Test(arguments: names)
    func answersOnlyWhereThereIsSomethingToRead(name: String) throws {
        let model = try fit(name, epochs: 1)
        var disliked = TasteGroups.history([2])
        disliked.interactions[0].strength = -1
        #expect(model.canAnswer(TasteGroups.history([2])))
        #expect(model.canAnswer(TasteGroups.history([])) == (name == "popularity"))
        #expect(model.canAnswer(disliked) == (name == "popularity"))
    }

    @Test(arguments: names)
    func savedAndLoadedScoresTheSame(name: String) throws {
        let model = try fit(name, epochs: 2)
        let bytes = Safetensors(entries: model.parameters()).encoded()
        let loaded = try family(name)
            .load(model.itemCount, Safetensors(decoding: bytes), model.settings)
        let histories = [TasteGroups.history([1, 2]), TasteGroups.history([5])]
        #expect(loaded.scores(for: histories) == model.scores(for: histories))
        #expect(loaded.settings == model.settings)
    }

    @Test(arguments: names)
    func loadingRefusesOtherShapesAndNumbers(name: String) throws {
        let model = try fit(name, epochs: 1)
        let family = try family(name)
        let weights = model.parameters()
        #expect(throws: ModelError.self) {
            try family.load(model.itemCount + 1, Safetensors(entries: weights), model.settings)
        }
        #expect(throws: SafetensorsError.self) {
            try family.load(model.itemCount, Safetensors(entries: []), model.settings)
        }
        var floats = try weights[0].floats()
        floats[floats.count - 1] = .nan
        let poisoned = Safetensors.Entry(
            name: weights[0].name, shape: weights[0].shape, floats: floats)
        #expect(throws: ModelError.notFinite(parameter: poisoned.name)) {
            try family.load(
                model.itemCount, Safetensors(entries: [poisoned] + weights.dropFirst()),
                model.settings)
        }
    }

    @Test(arguments: names)
    func sameSeedDataAndWorkersGiveTheSameBits(name: String) throws {
        let first = try fit(name, seed: 5, epochs: 3).parameters()
        #expect(try fit(name, seed: 5, epochs: 3).parameters() == first)
    }

    @Test(arguments: names)
    func givenModelStaysAsItIsWhileTrainingGoesOn(name: String) throws {
        let family = try family(name)
        let settings = TasteGroups.settings.filter { family.defaults[$0.key] != nil }
        var learner = try family.makeLearner(
            TasteGroups.trainingSet, LearnerOptions(seed: 1, workers: 2, settings: settings))
        let before = learner.recommender()
        let parameters = before.parameters()
        _ = try learner.runEpoch()
        #expect(before.parameters() == parameters)
    }

    @Test(arguments: names)
    func refusesUnknownSettings(name: String) throws {
        let family = try family(name)
        #expect(throws: ModelError.unknownSetting("colour")) {
            try family.makeLearner(
                TasteGroups.trainingSet,
                LearnerOptions(seed: 1, workers: 1, settings: ["colour": 1]))
        }
    }

    @Test(arguments: ["ease", "vae"])
    func refusesMoreItemsThanConfigured(name: String) throws {
        let family = try family(name)
        #expect(throws: ModelError.tooManyItems(TasteGroups.itemCount, maximum: 5)) {
            try family.makeLearner(
                TasteGroups.trainingSet,
                LearnerOptions(seed: 1, workers: 1, settings: ["maxItems": 5]))
        }
    }
}
