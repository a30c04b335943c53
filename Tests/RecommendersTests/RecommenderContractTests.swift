import Events
import NeuralNetwork
import Support
import Testing

@testable import Recommenders

/// What every family must keep, on data whose right answer is known.
@Suite struct RecommenderContractTests {
    static let names = FamiliesUnderContract.names()

    private func family(_ name: String) throws -> ModelFamily {
        try FamiliesUnderContract.family(name)
    }

    private func fit(
        _ name: String, seed: UInt64 = 1, epochs: Int = 30
    ) throws -> any Recommender {
        try family(name).fitted(seed: seed, epochs: epochs)
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
    @Test(arguments: FamiliesUnderContract.names { $0.reads != .nothing })
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
        let tolerance = try FamiliesUnderContract.tolerance(name)
        let histories = [[1, 2], [], [7], [0, 3, 6, 9], [2, 1]].map(TasteGroups.history)
        let batch = model.scores(for: histories)
        for (row, history) in histories.enumerated() {
            let single = model.scores(for: [history])
            for (item, score) in single.enumerated() {
                let inBatch = batch[row * model.itemCount + item]
                #expect(abs(score - inBatch) <= tolerance * max(1, abs(score)))
            }
        }
    }

    /// Of the models that work in two steps, the two together are the one.
    @Test(arguments: names)
    func scoresOfAnEncodingAreThoseOfTheHistory(name: String) throws {
        let model = try fit(name, epochs: 2)
        let tolerance = try FamiliesUnderContract.tolerance(name)
        guard let encoder = model as? any EncodingRecommender else { return }
        for history in [[1, 2], [7], [0, 3, 6, 9], [2, 1]].map(TasteGroups.history) {
            let scores = encoder.scores(of: encoder.encoding(of: history))
            let direct = model.scores(for: [history])
            #expect(scores.count == direct.count)
            for (score, expected) in zip(scores, direct) {
                #expect(abs(score - expected) <= tolerance * max(1, abs(expected)))
            }
        }
    }

    /// A blend keeps which items there are, how strong and in what order, of those that don't encode.
    @Test(arguments: names)
    func readsItemsStrengthAndOrderAloneWhereItDoesNotEncode(name: String) throws {
        let model = try fit(name, epochs: 2)
        if model is any EncodingRecommender { return }
        let history = TasteGroups.history([4, 1, 7])
        var other = history
        other.attributes = UserAttributes(["age": .integer(40)])
        other.now = other.now + .seconds(1_000_000)
        for place in other.interactions.indices {
            other.interactions[place].time = Timestamp(milliseconds: Int64(place))
            other.interactions[place].value = 5
        }
        #expect(model.scores(for: [other]) == model.scores(for: [history]))
    }

    @Test(arguments: FamiliesUnderContract.names { $0.reads != .order })
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
        let answersEverybody = try family(name).reads == .nothing
        #expect(model.canAnswer(TasteGroups.history([])) == answersEverybody)
        #expect(model.canAnswer(disliked) == answersEverybody)
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
        var poisoned = weights
        let index = try #require(weights.firstIndex { $0.dtype == .f32 && $0.shape != [0] })
        var floats = try weights[index].floats()
        floats[floats.count - 1] = .nan
        poisoned[index] = Safetensors.Entry(
            name: weights[index].name, shape: weights[index].shape, floats: floats)
        #expect(throws: ModelError.notFinite(parameter: weights[index].name)) {
            try family.load(model.itemCount, Safetensors(entries: poisoned), model.settings)
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
        var learner = try family.makeLearner(
            TasteGroups.trainingSet,
            LearnerOptions(seed: 1, workers: 2, settings: family.testSettings))
        let before = learner.recommender()
        let parameters = before.parameters()
        _ = try learner.runEpoch()
        #expect(before.parameters() == parameters)
    }

    /// Every family that learns in epochs; the others solve anew.
    static let learning = FamiliesUnderContract.names { $0.defaults["epochs"] != nil }

    /// Today's items are numbered backwards: the earlier model answers as before, on that.
    @Test(arguments: learning)
    func goesOnFromAnEarlierModel(name: String) throws {
        let earlier = try fit(name, epochs: 5)
        let count = TasteGroups.itemCount
        let tolerance = try FamiliesUnderContract.warmTolerance(name)
        let start = WarmStart(earlier, rows: (0..<Int32(count)).reversed())
        let learner = try learner(name, on: TasteGroups.backwards, start: start)
        #expect(learner.isWarm)
        let items = [3, 6, 9]
        let before = earlier.scores(for: [TasteGroups.history(items)])
        let after = learner.recommender()
            .scores(for: [TasteGroups.history(items.map { count - 1 - $0 })])
        for (score, expected) in zip(after.reversed(), before) {
            #expect(abs(score - expected) <= tolerance * max(1, abs(expected)))
        }
    }

    /// Each item moves down a row; in place of item 0 there is an item 23 that the earlier model
    /// doesn't know.
    @Test(arguments: learning)
    func learnsNewItemsFromAnEarlierModel(name: String) throws {
        let earlier = try fit(name)
        let rows = (1..<Int32(TasteGroups.itemCount)).map { $0 } + [-1]
        let data = TasteGroups.trainingSet.histories.map { history in
            history.map { $0.withItem(ItemIndex(($0.item.row + 23) % TasteGroups.itemCount)) }
        }
        var learner = try learner(
            name,
            on: TrainingSet(
                itemCount: TasteGroups.itemCount, histories: data,
                itemContents: (1...TasteGroups.itemCount).map {
                    TasteGroups.content(of: $0 % TasteGroups.groupCount, number: $0)
                }),
            start: WarmStart(earlier, rows: rows))
        for _ in 0..<15 { #expect(try learner.runEpoch().isFinite) }
        let model = learner.recommender()
        let (own, other) = (TasteGroups.history([2, 5, 8]), TasteGroups.history([0, 3, 6]))
        let (liked, disliked) = (model.scores(for: [own]), model.scores(for: [other]))
        // It is well on its way to tell the tastes apart as an item does that was always there.
        #expect(liked[23] - disliked[23] > 0.5 * (liked[11] - disliked[11]))
        #expect(liked[23] > (0..<23).filter { $0 % 3 != 2 }.map { liked[$0] }.max() ?? .infinity)
    }

    @Test(arguments: names.filter { !learning.contains($0) })
    func solvesAnewWhateverTheStart(name: String) throws {
        let start = WarmStart(weights: Safetensors(entries: []), settings: [:], rows: [])
        var learner = try learner(name, on: TasteGroups.trainingSet, start: start)
        #expect(!learner.isWarm)
        _ = try learner.runEpoch()
        #expect(learner.recommender().parameters() == (try fit(name)).parameters())
    }

    @Test(arguments: learning)
    func refusesAStartThatDoesNotFit(name: String) throws {
        let start = WarmStart(
            weights: Safetensors(entries: []), settings: [:],
            rows: Array(repeating: -1, count: TasteGroups.itemCount))
        #expect(throws: WarmStart.Misfit.self) {
            try learner(name, on: TasteGroups.trainingSet, start: start)
        }
    }

    private func learner(
        _ name: String, on data: TrainingSet, start: WarmStart
    ) throws -> any Learner {
        let family = try family(name)
        return try family.makeLearner(
            data,
            LearnerOptions(seed: 2, workers: 2, settings: family.testSettings, start: start))
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

    @Test(arguments: FamiliesUnderContract.names { $0.defaults["maxItems"] != nil })
    func refusesMoreItemsThanConfigured(name: String) throws {
        let family = try family(name)
        #expect(throws: ModelError.tooManyItems(TasteGroups.itemCount, maximum: 5)) {
            try family.makeLearner(
                TasteGroups.trainingSet,
                LearnerOptions(seed: 1, workers: 1, settings: ["maxItems": 5]))
        }
    }
}
