import Events
import NeuralNetwork
import Support
import Tensor
import Testing

@testable import Recommenders

@Suite struct PrincipalComponentsTests {
    private func contents(_ embeddings: [[Float]]) -> [ItemContent] {
        embeddings.map { ItemContent(embedding: $0) }
    }

    /// Unit vectors around (1, 0, 0), which differ along the second axis more than along the third.
    private let spread: [[Float]] = [
        [1, 0.4, 0], [1, -0.4, 0], [2, 0.2, 0.2], [1, -0.1, 0.1], [1, 0.1, -0.1], [1, -0.1, -0.1],
    ]

    @Test func findsTheDirectionsInWhichVectorsDiffer() throws {
        let components = try #require(
            PrincipalComponents(of: contents(spread), inputSize: 3, outputSize: 2))
        let reduced = try spread.map { try #require(components($0)) }
        // The first two differ in the second axis alone, and so in the first component.
        #expect(abs(reduced[0][0] - reduced[1][0]) > 0.7)
        #expect(abs(reduced[0][1] - reduced[1][1]) < 0.05)
        for (one, other) in [(0, 1), (2, 4), (3, 5)] {
            let distance = zip(reduced[one], reduced[other]).reduce(0) {
                $0 + ($1.0 - $1.1) * ($1.0 - $1.1)
            }
            #expect(abs(distance - squaredDistance(spread[one], spread[other])) < 0.01)
        }
        #expect(components([3, 0, 0]) == components([1, 0, 0]))
    }

    private func squaredDistance(_ x: [Float], _ y: [Float]) -> Float {
        func unit(_ x: [Float]) -> [Float] {
            let length = x.reduce(0) { $0 + $1 * $1 }.squareRoot()
            return x.map { $0 / length }
        }
        return zip(unit(x), unit(y)).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    }

    @Test func othersDoNotCountAndHaveNone() throws {
        let strange: [[Float]] = [[], [1, 2], [0, 0, 0], [.infinity, 0, 0], [1, 2, 3, 4]]
        let components = try #require(
            PrincipalComponents(of: contents(spread + strange), inputSize: 3, outputSize: 1))
        let alone = try #require(
            PrincipalComponents(of: contents(spread), inputSize: 3, outputSize: 1))
        #expect(components.entries == alone.entries)
        for embedding in strange { #expect(components(embedding) == nil) }
        let named = ItemContent(title: "a", embedding: [1, 2])
        #expect(components.reduced([named]) == [ItemContent(title: "a")])
    }

    @Test(arguments: [0, 3, 4])
    func asManyNumbersAreLeftAsTheyAre(outputSize: Int) {
        #expect(
            PrincipalComponents(of: contents(spread), inputSize: 3, outputSize: outputSize)
                .map(\.outputSize) == nil)
    }

    @Test func savedAndLoadedReducesTheSame() throws {
        let components = try #require(
            PrincipalComponents(of: contents(spread), inputSize: 3, outputSize: 2))
        let weights = Safetensors(entries: components.entries)
        let loaded = try #require(try PrincipalComponents(weights, outputSize: 2))
        for embedding in spread { #expect(loaded(embedding) == components(embedding)) }
        #expect(try PrincipalComponents(Safetensors(entries: []), outputSize: 2) == nil)
        #expect(throws: ModelError.self) { try PrincipalComponents(weights, outputSize: 1) }
        #expect(throws: SafetensorsError.missing("embedding.components")) {
            try PrincipalComponents(
                Safetensors(entries: [components.entries[0]]), outputSize: 2)
        }
    }

    /// Two groups of items that differ along one direction of forty, with noise along all.
    private func embedded(count: Int) -> TrainingSet {
        var source = RandomSource(seed: 5)
        let contents = (0..<count).map { item in
            ItemContent(
                embedding: (0..<40).map { place in
                    0.02 * Float(source.normal()) + (place == 7 ? (item % 2 == 0 ? 1 : -1) : 0)
                })
        }
        let histories = (0..<80).map { user in
            let items = (0..<count - 1).filter { $0 % 2 == user % 2 }
            return TasteGroups.history(items.shuffled(using: &source)).interactions
        }
        return TrainingSet(itemCount: count, histories: histories, itemContents: contents)
    }

    private static let settings: [String: ModelSettings] = [
        "content": [:],
        "dnn": [
            "width": 16, "hiddenSize": 24, "layers": 1, "batchSize": 16, "learningRate": 0.01,
            "warmupSteps": 0, "cosineEpochs": 0, "itemDropout": 0.3,
        ],
    ]

    private func fit(
        _ name: String, on data: TrainingSet, dimensions: Double = 3, start: WarmStart? = nil,
        epochs: Int = 15
    ) throws -> any ContentRecommender {
        let family = try #require(ModelRegistry.family(named: name))
        let settings = (Self.settings[name] ?? [:]).merging(["embeddingDimensions": dimensions]) {
            $1
        }
        var learner = try family.makeLearner(
            data, LearnerOptions(seed: 1, workers: 2, settings: settings, start: start))
        for _ in 0..<min(epochs, learner.maxEpochs) { _ = try learner.runEpoch() }
        return try #require(learner.recommender() as? any ContentRecommender)
    }

    /// One that came later is reduced as one of the training, by the loaded model too.
    @Test(arguments: ["content", "dnn"])
    func aNewItemIsKnownByFewerNumbers(name: String) throws {
        let data = embedded(count: 12)
        let model = try fit(name, on: data)
        let bytes = Safetensors(entries: model.parameters()).encoded()
        let loaded = try #require(
            try ModelRegistry.family(named: name)?
                .load(12, Safetensors(decoding: bytes), model.settings) as? any ContentRecommender)
        for model in [model, loaded] {
            let grown = model.adding([data.itemContents[11]])
            let own = grown.scores(for: [TasteGroups.history([1, 3])])
            let others = stride(from: 0, to: 12, by: 2).map { own[$0] }
            #expect(own[12] > (others.max() ?? .infinity))
            #expect(abs(own[12] - own[11]) < 1e-4)
        }
    }

    @Test func embeddingsInACheckpointAreSmaller() throws {
        let data = embedded(count: 200)
        let (whole, reduced) = (
            try fit("content", on: data, dimensions: 0), try fit("content", on: data)
        )
        #expect(reduced.weightBytes < whole.weightBytes / 8)
        #expect(reduced.parameters().first?.shape == [200, 3])
    }

    @Test func aWarmStartKeepsTheDirectionsThatItsWeightsMean() throws {
        let data = embedded(count: 12)
        let earlier = try fit("dnn", on: data)
        let start = WarmStart(earlier, rows: (0..<12).map { $0 })
        var other = data
        other.itemContents = other.itemContents.map { content in
            var content = content
            content.embedding.swapAt(7, 8)
            return content
        }
        func components(_ model: any Recommender) -> [Safetensors.Entry] {
            model.parameters().filter { PrincipalComponents.names.contains($0.name) }
        }
        let warm = try fit("dnn", on: other, start: start, epochs: 1)
        #expect(components(warm) == components(earlier))
        #expect(components(try fit("dnn", on: other, epochs: 1)) != components(earlier))
        var longer = data
        longer.itemContents = data.itemContents.map {
            ItemContent(embedding: $0.embedding + [0.5])
        }
        #expect(
            throws: WarmStart.Misfit.shape(
                parameter: "embedding.components", now: [3, 41], before: [3, 40])
        ) { try fit("dnn", on: longer, start: start) }
        #expect(throws: WarmStart.Misfit.setting("embeddingDimensions", now: 4, before: 3)) {
            try fit("dnn", on: data, dimensions: 4, start: start)
        }
    }
}
