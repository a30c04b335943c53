import NeuralNetwork
import Support
import Testing

@testable import Recommenders

@Suite struct ItemKNNTests {
    /// Items 0 to 3 have 3, 2, 2 and 1 users; 0 shares two with 1 and with 2, 1 and 2 share one.
    private static let data = TrainingSet(items: [[0, 1], [2, 1, 0], [0, 2], [3]], of: 4)

    private func fit(_ settings: ModelSettings) throws -> any Recommender {
        try ItemKNN.family.solved(on: Self.data, settings: settings)
    }

    @Test func addsUpCosines() throws {
        let model = try fit([:])
        #expect(model.rounded([0]) == [0, 0.8165, 0.8165, 0])  // 2 / √6
        #expect(model.rounded([1, 2]) == [1.633, 0.5, 0.5, 0])
    }

    @Test func shrinksSimilarities() throws {
        #expect(try fit(["shrinkage": 1]).rounded([0]) == [0, 0.5798, 0.5798, 0])  // 2 / (√6 + 1)
    }

    /// The nearest to 1 and to 2 is 0; the nearest to 0 is 1, which comes before 2.
    @Test func keepsTheNearestOfEachCandidate() throws {
        let model = try fit(["neighbours": 1])
        #expect(model.rounded([0]) == [0, 0.8165, 0.8165, 0])
        #expect(model.rounded([1]) == [0.8165, 0, 0, 0])
        #expect(model.rounded([2]) == [0, 0, 0, 0])
    }

    @Test func answersWhereAnItemHasANeighbour() throws {
        let model = try fit(["neighbours": 1])
        #expect(model.canAnswer(TasteGroups.history([3, 1])))
        #expect(!model.canAnswer(TasteGroups.history([3])))  // nobody had more than it
        #expect(!model.canAnswer(TasteGroups.history([2])))  // no candidate's nearest
    }

    /// Against a twin that holds all pairs.
    @Test(arguments: 0..<20 as Range<UInt64>)
    func equalsTheDenseMatrixCutAfterTheNearest(seed: UInt64) throws {
        var random = RandomSource(seed: seed)
        let (itemCount, neighbours) = (11, Int.random(in: 1...12, using: &random))
        let users = (0..<30).map { _ in
            (0..<itemCount).filter { _ in random.uniform() < 0.3 }.shuffled(using: &random)
        }
        let model = try ItemKNN.family.solved(
            on: TrainingSet(items: users, of: itemCount),
            settings: ["neighbours": Double(neighbours), "shrinkage": 0.5], workers: 3)
        func size(_ items: Int...) -> Float {
            Float(users.filter { Set(items).isSubset(of: $0) }.count)
        }
        for history in users {
            let expected = (0..<itemCount).map { candidate -> Float in
                let nearest = (0..<itemCount).filter { $0 != candidate }
                    .map { other in
                        let root = (size(candidate) * size(other)).squareRoot()
                        return (other, size(candidate, other) / (root + 0.5))
                    }
                    .sorted { (-$0.1, $0.0) < (-$1.1, $1.0) }.prefix(neighbours)
                return nearest.filter { history.contains($0.0) }.map(\.1).sorted().reduce(0, +)
            }
            let scores = model.scores(for: [TasteGroups.history(history)])
            for (score, expected) in zip(scores, expected) {
                #expect(abs(score - expected) < 1e-5)
            }
        }
    }

    @Test func holdsNoMoreThanTheNeighboursOfEachItem() throws {
        let model = try fit(["neighbours": 1])
        let columns = try #require(model.parameters().first { $0.name.hasSuffix("columns") })
        let candidates = try columns.int32s()
        #expect(Dictionary(grouping: candidates) { $0 }.values.allSatisfy { $0.count == 1 })
        #expect(!candidates.isEmpty)
    }
}
