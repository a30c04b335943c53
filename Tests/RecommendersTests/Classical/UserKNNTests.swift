import NeuralNetwork
import Support
import Testing

@testable import Recommenders

@Suite struct UserKNNTests {
    private static let data = TrainingSet(items: [[1, 0], [0, 2, 1], [3], []], of: 5)

    private func fit(_ settings: ModelSettings) throws -> any Recommender {
        try UserKNN.family.solved(on: Self.data, settings: settings)
    }

    /// The first user is similar by 1 / √2, the second by 1 / √3, the third not at all.
    @Test func votesBySimilarity() throws {
        #expect(try fit([:]).rounded([0]) == [1, 1, 0.4495, 0, 0])
        #expect(try fit(["neighbours": 1]).rounded([0]) == [1, 1, 0, 0, 0])
        // 1 / (√2 + 1) and 1 / (√3 + 1)
        #expect(try fit(["shrinkage": 1]).rounded([0]) == [1, 1, 0.4691, 0, 0])
    }

    /// ln(1 + 3/2) for items 0 and 1, ln 4 for 2 and 3.
    @Test func weighsRareItemsMore() throws {
        #expect(try fit(["inverseFrequency": 1]).rounded([0]) == [1, 1, 0.4058, 0, 0])
    }

    @Test func answersWhereAnybodyHasAnItem() throws {
        let model = try fit([:])
        #expect(model.canAnswer(TasteGroups.history([4, 3])))
        #expect(!model.canAnswer(TasteGroups.history([4])))
        #expect(model.rounded([4]) == [0, 0, 0, 0, 0])
    }

    @Test func holdsASampleAboveTheConfiguredNumber() throws {
        let data = TrainingSet(items: (0..<40).map { [$0] }, of: 40)
        func held(seed: UInt64) throws -> [Int] {
            let model = try UserKNN.family.solved(
                on: data, settings: ["maxUsers": 10], seed: seed)
            return (0..<40).filter { model.canAnswer(TasteGroups.history([$0])) }
        }
        let first = try held(seed: 1)
        #expect(first.count == 10)
        #expect(try held(seed: 1) == first)
        #expect(try held(seed: 2) != first)
    }

    /// Shapes without elements promise whatever they like.
    @Test(arguments: [[0, 1 << 40], [1 << 40, 0], []])
    func refusesNormsThatAreNoVector(shape: [Int]) throws {
        let count = shape.reduce(1, *)
        var parameters = try fit([:]).parameters()
        let norms = try #require(parameters.firstIndex { $0.name == "norms" })
        parameters[norms] = Safetensors.Entry(
            name: "norms", shape: shape, floats: Array(repeating: 1, count: count))
        #expect(throws: ModelError.wrongIndices(parameter: "norms")) {
            try UserKNN.family.load(5, Safetensors(entries: parameters), [:])
        }
    }

    /// Neighbours [0, 1] at strength 1 and [0, 2] at 3, in units of their mean 2: both are similar by
    /// 1 / √2, and vote with ½ and 3/2.
    @Test func votesByWhatItemsWeigh() throws {
        var data = TrainingSet(items: [[0, 1], [0, 2]], of: 3)
        for place in 0..<2 { data.histories[1][place].strength = 3 }
        for exponent in [0.0, 1] {
            let model = try UserKNN.family.solved(
                on: data, settings: ["inverseFrequency": exponent])
            let scores = model.rounded([0])
            #expect(scores[0] == 1)
            if exponent == 0 { #expect(scores == [1, 0.25, 0.75]) }
            #expect(abs(scores[2] - 3 * scores[1]) < 1e-3)
        }
    }

    @Test func refusesNormsOfOtherUsers() throws {
        var parameters = try fit([:]).parameters()
        let norms = try #require(parameters.firstIndex { $0.name == "norms" })
        parameters[norms] = Safetensors.Entry(name: "norms", shape: [3], floats: [1, 1, 1])
        #expect(throws: ModelError.wrongIndices(parameter: "norms")) {
            try UserKNN.family.load(5, Safetensors(entries: parameters), [:])
        }
    }
}
