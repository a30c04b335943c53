import Events
import NeuralNetwork
import Support
import Tensor
import Testing

@testable import Recommenders

@Suite struct DNNTests {
    private static let small: ModelSettings = [
        "width": 16, "hiddenSize": 24, "layers": 1, "batchSize": 16, "learningRate": 0.01,
        "warmupSteps": 0, "cosineEpochs": 0, "negatives": 5, "itemDropout": 0.3,
    ]

    private func fit(
        _ data: TrainingSet, changes: ModelSettings = [:], epochs: Int, start: WarmStart? = nil
    ) throws -> any ContentRecommender {
        var learner = try DNNLearner(
            data,
            options: LearnerOptions(
                seed: 1, workers: 2, settings: Self.small.merging(changes) { $1 }, start: start))
        for _ in 0..<epochs { #expect(try learner.runEpoch().isFinite) }
        return try #require(learner.recommender() as? any ContentRecommender)
    }

    /// Full and sampled softmax: the catalogue's size is above the second bound.
    @Test(arguments: [30_000.0, Double(Succession.itemCount - 1)])
    func foretellsWhatComesNext(fullSoftmaxItems: Double) throws {
        let model = try fit(
            Succession.trainingSet, changes: ["fullSoftmaxItems": fullSoftmaxItems], epochs: 20)
        for item in 0..<Succession.itemCount {
            let items = [10, 11, 12].map { ($0 + item) % Succession.itemCount }
            #expect(Succession.best(model, after: items) == (item + 1) % Succession.itemCount)
        }
    }

    /// Twelve items in two groups that differ in nothing but their embeddings; users of one group
    /// each.
    private func embedded(lastIsNew: Bool) -> TrainingSet {
        var source = RandomSource(seed: 5)
        let contents = (0..<12).map { item in
            ItemContent(embedding: [item % 2 == 0 ? 1 : -1, 0.1 * Float(source.normal())])
        }
        let histories = (0..<80).map { user in
            let items = (0..<12).filter { $0 % 2 == user % 2 && !(lastIsNew && $0 == 11) }
            return TasteGroups.history(items.shuffled(using: &source)).interactions
        }
        return TrainingSet(itemCount: 12, histories: histories, itemContents: contents)
    }

    @Test func anItemWithoutEventsIsKnownByItsEmbedding() throws {
        let model = try fit(embedded(lastIsNew: true), epochs: 20)
        let own = model.scores(for: [TasteGroups.history([1, 3])])
        let other = model.scores(for: [TasteGroups.history([0, 2])])
        #expect(own[11] > (stride(from: 4, to: 12, by: 2).map { own[$0] }.max() ?? .infinity))
        #expect(other[11] < (stride(from: 4, to: 12, by: 2).map { other[$0] }.min() ?? 0))
    }

    /// One that came after the training is the same as one that was there without events.
    @Test func anAddedItemIsAsGoodAsOneOfTheTraining() throws {
        let data = embedded(lastIsNew: true)
        let model = try fit(data, epochs: 5)
        let grown = model.adding([data.itemContents[11]])
        #expect(grown.itemCount == 13)
        for items in [[1, 3], [0], [11, 2], [12, 2]] {
            let scores = grown.scores(for: [TasteGroups.history(items)])
            #expect(abs(scores[12] - scores[11]) < 1e-5)
        }
        #expect(
            grown.scores(for: [TasteGroups.history([12, 2])])
                == grown.scores(for: [TasteGroups.history([11, 2])]))
        let embeddings = grown.adding([ItemContent(embedding: [1, 2, 3])])
            .scores(for: [TasteGroups.history([1])])
        let unknown = model.adding([.none]).scores(for: [TasteGroups.history([1])])
        #expect(abs(embeddings[13] - unknown[12]) < 1e-5)
    }

    @Test func withoutContentAnItemWithoutEventsIsNothing() throws {
        let model = try fit(embedded(lastIsNew: true), changes: ["content": 0], epochs: 2)
        let grown = model.adding([ItemContent(embedding: [1, 1])])
        let scores = grown.scores(for: [TasteGroups.history([1, 3])])
        #expect(scores[11] == 0 && scores[12] == 0)
    }

    /// The first click of all is the same; what follows depends on who it is.
    @Test func whatIsKnownOfTheUserCounts() throws {
        let kinds = ["a", "b"]
        let data = TrainingSet(
            itemCount: 3,
            histories: (0..<80).map { TasteGroups.history([0, 1 + $0 % 2]).interactions },
            userAttributes: (0..<80).map { UserAttributes(["kind": .string(kinds[$0 % 2])]) })
        let model = try fit(data, epochs: 30)
        var smallestGap = Float.infinity
        for (place, kind) in kinds.enumerated() {
            var history = TasteGroups.history([0])
            history.attributes = UserAttributes(["kind": .string(kind), "unknown": .bool(true)])
            let scores = model.scores(for: [history])
            smallestGap = min(smallestGap, scores[1 + place] - scores[2 - place])
        }
        #expect(smallestGap > 1)
        // Without attributes neither is as sure, and both come before the click that is over.
        let scores = model.scores(for: [TasteGroups.history([0])])
        #expect(abs(scores[1] - scores[2]) < smallestGap)
        #expect(min(scores[1], scores[2]) > scores[0])
    }

    @Test func readsTheNewestEventsOnly() throws {
        let model = try fit(Succession.trainingSet, changes: ["historyLength": 6], epochs: 1)
        #expect(
            model.scores(for: [Succession.history([9, 9, 9, 1, 2, 3, 4, 5, 6])])
                == model.scores(for: [Succession.history([7, 8, 9, 1, 2, 3, 4, 5, 6])]))
    }

    @Test(arguments: [0, 1, 5, 100, 86_400])
    func anEncodingHoldsUntilTheGapChangesItsClass(age: Int) throws {
        let fitted = try fit(Succession.trainingSet, epochs: 3)
        let model = try #require(fitted as? any EncodingRecommender)
        var history = Succession.history([1, 2])
        let newest = history.interactions[1].time
        history.now = newest + .seconds(age)
        let encoding = model.encoding(of: history)
        let end = try #require(encoding.validUntil)
        #expect(end > history.now)
        history.now = Timestamp(milliseconds: end.milliseconds - 1)
        #expect(model.encoding(of: history).values == encoding.values)
    }

    @Test func withoutContextAnEncodingHoldsForEver() throws {
        let fitted = try fit(Succession.trainingSet, changes: ["context": 0], epochs: 1)
        let model = try #require(fitted as? any EncodingRecommender)
        #expect(model.encoding(of: Succession.history([1, 2])).validUntil == nil)
    }

    @Test func aStartWithOtherMeaningIsRefused() throws {
        let earlier = try fit(Succession.trainingSet, epochs: 1)
        let start = WarmStart(earlier, rows: (0..<12).map { $0 })
        #expect(throws: WarmStart.Misfit.setting("context", now: 0, before: 1)) {
            try fit(Succession.trainingSet, changes: ["context": 0], epochs: 0, start: start)
        }
    }

    /// A shape without elements promises whatever it likes.
    @Test(arguments: [[0, 1 << 40], [8, 2]])
    func refusesEmbeddingWeightsOfAnotherWidth(shape: [Int]) throws {
        let model = try fit(embedded(lastIsNew: true), epochs: 0)
        var parameters = model.parameters()
        let index = try #require(
            parameters.firstIndex { $0.name == "items.embedding.weight" })
        parameters[index] = Safetensors.Entry(
            name: parameters[index].name, shape: shape,
            floats: Array(repeating: 0, count: shape.reduce(1, *)))
        #expect(
            throws: ModelError.wrongShape(
                parameter: "items.embedding.weight", expected: [16, shape[1]], found: shape)
        ) {
            try DNN.family.load(model.itemCount, Safetensors(entries: parameters), model.settings)
        }
    }

    /// What is drawn against doesn't depend on what is dropped, nor the other way round.
    @Test func negativesAndDropoutAreDrawnApart() throws {
        let data = embedded(lastIsNew: false)
        let settings = try DNNSettings(
            DNNSettings.defaults.merging(["fullSoftmaxItems": 5, "negatives": 5]) { $1 })
        var store = ParameterStore<Float>()
        var unused = RandomSource(seed: 0)
        let network = DNNNetwork(
            itemCount: 12, embeddingSize: 2, settings: settings, item: .zeros, weight: .zeros,
            in: &store, random: &unused)
        let content = ContentInput(
            data.itemContents, bucketCount: settings.itemBuckets, embeddingSize: 2)
        func draws(dropout: UInt64, negatives: UInt64) -> (items: [[Int32]], known: [Int]) {
            var reader = ItemReader(
                learned: (0..<12).map { $0 }, itemCount: 12, settings: settings,
                dropout: RandomSource(seed: dropout), negatives: RandomSource(seed: negatives))
            let drawn = (0..<20).map { _ in
                var parts: [SequenceBatch] = []
                return reader.objective(
                    network: network, content: content, ids: store[network.items.table],
                    parts: &parts, scale: 1)
            }
            return (drawn.map(\.sample.items), drawn.map(\.ids.columns.count))
        }
        let first = draws(dropout: 1, negatives: 1)
        #expect(draws(dropout: 2, negatives: 1).items == first.items)
        #expect(draws(dropout: 2, negatives: 1).known != first.known)
        #expect(draws(dropout: 1, negatives: 2).items != first.items)
        #expect(draws(dropout: 1, negatives: 2).known == first.known)
    }

    @Test(arguments: [("width", 0), ("itemDropout", 1.5), ("content", 2), ("layers", 0.5)])
    func settingsOutOfRangeAreRefused(key: String, value: Double) {
        #expect(throws: ModelError.invalidSetting(key, value: value)) {
            try fit(Succession.trainingSet, changes: [key: value], epochs: 0)
        }
    }

    @Test func usersWithOneEventTeachNothing() {
        let data = TrainingSet(
            itemCount: 3, histories: [TasteGroups.history([1]).interactions, []])
        #expect(throws: ModelError.nothingToLearnFrom) { try fit(data, epochs: 0) }
    }
}
