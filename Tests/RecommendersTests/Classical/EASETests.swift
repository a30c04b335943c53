import Events
import Support
import Testing

@testable import Recommenders

@Suite struct EASETests {
    /// Nobody has item 2 with another, and nobody has item 3 at all.
    private static let data = TrainingSet(items: [[0, 1], [1, 0], [2], [2]], of: 4)

    @Test func answersWhereAnItemSaysAnythingForAnother() throws {
        let model = try EASE.family.solved(on: Self.data, settings: ["lambda": 1])
        for item in [0, 1] { #expect(model.canAnswer(TasteGroups.history([item]))) }
        for items in [[2], [3], [2, 3], []] {
            #expect(!model.canAnswer(TasteGroups.history(items)))
            #expect(model.rounded(items) == [0, 0, 0, 0])
        }
        #expect(model.canAnswer(TasteGroups.history([2, 0])))
        var disliked = TasteGroups.history([0])
        disliked.interactions[0].strength = -1
        #expect(!model.canAnswer(disliked))
    }

    /// Of two items B₀₁ is G₀₁ / G₀₀, G = XᵀX + λI.
    @Test func weighsUsers() throws {
        func model(_ strengths: [Float]) throws -> [Float] {
            var data = TrainingSet(items: [[0, 1], [0]], of: 2)
            for user in 0..<2 {
                for place in data.histories[user].indices {
                    data.histories[user][place].strength = strengths[user]
                }
            }
            return try EASE.family.solved(on: data, settings: ["lambda": 1]).rounded([0])
        }
        // G₀₁ = 1, G₀₀ = 1 + 1 + 1.
        #expect(try model([1, 1]) == [0, 0.3333])
        // Strengths 3, 3 and 1.5 have the mean 2.5: weights 1.2 and 0.6, G₀₁ = 1.44, G₀₀ = 1.44 + 0.36 + 1.
        #expect(try model([3, 1.5]) == [0, 0.5143])
    }
}
