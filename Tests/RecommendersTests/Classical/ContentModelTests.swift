import Events
import NeuralNetwork
import Support
import Testing

@testable import Recommenders

@Suite struct ContentModelTests {
    private func model(
        _ contents: [ItemContent], settings: ModelSettings = [:]
    ) throws -> any ContentRecommender {
        let data = TrainingSet(items: [[0]], of: contents.count, contents: contents)
        let model = try ContentModel.family.solved(on: data, settings: settings)
        return try #require(model as? any ContentRecommender)
    }

    private static let xAndXY = [
        ItemContent(categories: ["X"]), ItemContent(categories: ["x", "y"]),
    ]

    /// idf of x is ln(3/3) + 1, of y ln(3/2) + 1 = 1.4055; the second item's length is 1.7249.
    @Test func comparesByTheCosineOfTermWeights() throws {
        let model = try model(Self.xAndXY)
        #expect(model.rounded([0]) == [1, 0.5797])
        #expect(model.rounded([1]) == [0.5797, 1])
    }

    @Test func takesTheWeightOfEachSource() throws {
        let items = [
            ItemContent(categories: ["x"], title: "One"),
            ItemContent(categories: ["x"], title: "two"),
            ItemContent(categories: ["y"], title: "ONE!"),
        ]
        #expect(try model(items, settings: ["titleWeight": 0]).rounded([0]) == [1, 1, 0])
        #expect(try model(items, settings: ["categoryWeight": 0]).rounded([0]) == [1, 0, 1])
    }

    /// The newer of two events counts twice: (1, 2) / √5.
    @Test func countsRecentEventsMore() throws {
        let items = [ItemContent(categories: ["x"]), ItemContent(categories: ["y"])]
        let model = try model(items, settings: ["halfLifeEvents": 1])
        #expect(model.rounded([0, 1]) == [0.4472, 0.8944])
        #expect(model.rounded([1, 0]) == [0.8944, 0.4472])
        let even = try self.model(items, settings: ["halfLifeEvents": 0])
        #expect(even.rounded([0, 1]) == [0.7071, 0.7071])
    }

    @Test func countsStrongEventsMore() throws {
        let items = [ItemContent(categories: ["x"]), ItemContent(categories: ["y"])]
        var history = TasteGroups.history([0, 1])
        history.interactions[0].strength = 3
        let scores = try model(items, settings: ["halfLifeEvents": 0]).scores(for: [history])
        #expect(abs(scores[0] - 3 * scores[1]) < 1e-6)  // (3, 1) / √10
        #expect(abs(scores[0] - 0.94868) < 1e-4)
    }

    @Test func keepsTheTermsOfMostItems() throws {
        let model = try model(Self.xAndXY, settings: ["maxTerms": 1])
        #expect(model.rounded([0]) == [1, 1])
    }

    @Test func answersWhereSomethingIsKnownOfAnItem() throws {
        let model = try model(Self.xAndXY + [.none]).adding([
            .none, ItemContent(categories: ["y"]), ItemContent(categories: ["z"]),
        ])
        let known = (0..<6).filter { model.canAnswer(TasteGroups.history([$0])) }
        #expect(known == [0, 1, 4])  // nobody trained on z
        #expect(model.rounded([2]) == [0, 0, 0, 0, 0, 0])
    }

    @Test func takesGivenEmbeddingsWhereAllHaveOneOfTheSameLength() throws {
        let items = [[3, 4], [1, 0], []].map { ItemContent(embedding: $0) }
        let model = try model(items)  // nothing is known of the third
        #expect(model.rounded([0]) == [1, 0.6, 0])
        let grown = model.adding([
            ItemContent(embedding: [0, 2]), ItemContent(embedding: [1, 2, 3]),
            ItemContent(embedding: [.nan, 1]),
        ])
        #expect(grown.rounded([0]) == [1, 0.6, 0, 0.8, 0, 0])
        #expect(grown.rounded([3]) == [0.8, 0, 0, 1, 0, 0])
        #expect(!grown.canAnswer(TasteGroups.history([2, 4, 5])))
        let loaded = try ContentModel.family.load(
            3, Safetensors(entries: model.parameters()), model.settings)
        #expect(loaded.rounded([0]) == model.rounded([0]))
        #expect(throws: ModelError.self) {
            try ContentModel.family.load(
                4, Safetensors(entries: model.parameters()), model.settings)
        }
    }

    @Test(arguments: [[[1, 2], [1]], [[1], []], [[], [1]]] as [[[Float]]])
    func takesTermsWhereEmbeddingsDoNotFitEachOther(embeddings: [[Float]]) throws {
        let items = embeddings.map { ItemContent(categories: ["x"], embedding: $0) }
        #expect(try model(items).rounded([0]) == [1, 1])
    }

    @Test func takesTermsWhereItIsSetTo() throws {
        let items = [[1, 0], [0, 1]].map { ItemContent(categories: ["x"], embedding: $0) }
        #expect(try model(items).rounded([0]) == [1, 0])
        #expect(try model(items, settings: ["useEmbeddings": 0]).rounded([0]) == [1, 1])
    }

    @Test func refusesACatalogueThatNothingIsKnownOf() {
        #expect(throws: ModelError.noItemContents) { try model([.none, .none]) }
        #expect(throws: ModelError.noItemContents) { try model([]) }
    }

    @Test func refusesAVocabularyThatIsNoText() throws {
        var parameters = try model(Self.xAndXY).parameters()
        let index = try #require(parameters.firstIndex { $0.name == "vocabulary" })
        parameters[index] = Safetensors.Entry(
            name: "vocabulary", dtype: .u8, shape: [2], bytes: [0xFF, 0xFE])
        #expect(throws: ModelError.wrongIndices(parameter: "vocabulary")) {
            try ContentModel.family.load(2, Safetensors(entries: parameters), [:])
        }
    }
}
