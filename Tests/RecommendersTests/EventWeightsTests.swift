import Events
import NeuralNetwork
import Support
import Testing

@testable import Recommenders

/// What an event weighs, and that each family's training reads it, or says that it doesn't.
@Suite struct EventWeightsTests {
    /// The families whose training goes by which events there are alone (docs/preprocessing.md).
    private static let deaf: Set = ["recent", "content", "gan"]
    private static let all = ModelRegistry.families.map(\.name)
    private static let reading = all.filter { !deaf.contains($0) }

    /// Everybody has item 3, then 0; after it comes 1 for half of them and 2 for the others.
    private func parting(strengths: (first: Float, second: Float)) -> TrainingSet {
        let histories = (0..<80).map { user in
            TasteGroups.history([3, 0, 1 + user % 2]).interactions.map { interaction in
                var interaction = interaction
                interaction.strength = user % 2 == 0 ? strengths.first : strengths.second
                return interaction
            }
        }
        return TrainingSet(
            itemCount: 4, histories: histories,
            itemContents: (0..<4).map { ItemContent(categories: ["\($0)"]) })
    }

    private func model(
        _ name: String, strengths: (first: Float, second: Float)
    ) throws -> any Recommender {
        let family = try #require(ModelRegistry.family(named: name))
        return try family.fitted(on: parting(strengths: strengths), workers: 1, epochs: 20)
    }

    /// What decay makes of old likes, or the configuration of weak ones: they count less.
    @Test(arguments: reading)
    func whatWeighsLessCountsLess(name: String) throws {
        let history = [TasteGroups.history([3, 0])]
        let firstIsOld = try model(name, strengths: (0.2, 1)).scores(for: history)
        #expect(firstIsOld[2] > firstIsOld[1])
        let secondIsOld = try model(name, strengths: (1, 0.2)).scores(for: history)
        #expect(secondIsOld[1] > secondIsOld[2])
    }

    @Test(arguments: all)
    func whereAllWeighAlikeTheWeightChangesNothing(name: String) throws {
        let plain = try model(name, strengths: (1, 1)).parameters()
        #expect(try model(name, strengths: (0.3, 0.3)).parameters() == plain)
    }

    @Test(arguments: deaf)
    func someReadNoWeights(name: String) throws {
        let plain = try model(name, strengths: (1, 1)).parameters()
        #expect(try model(name, strengths: (0.2, 1)).parameters() == plain)
    }

    /// 1, 2 and 6 in units of their mean, which is of positive events alone.
    @Test func weightsAreInUnitsOfTheMean() {
        func event(_ item: Int, _ strength: Float) -> Interaction<ItemIndex> {
            Interaction(
                item: ItemIndex(item), strength: strength, time: Timestamp(milliseconds: 0))
        }
        let data = TrainingSet(
            itemCount: 9,
            histories: [[event(7, 1), event(2, 2)], [event(7, -4), event(3, 0)], [event(8, 6)]])
        let weights = EventWeights(data)
        #expect(weights.meanStrength == 3)
        #expect(weights.weight(of: event(0, 6)) == 2)
        #expect(weights.weight(of: event(0, 1e-12)) == 1e-6)
        #expect(weights.weight(of: event(0, 1e12)) == 1e6)
        #expect(EventWeights(TrainingSet(itemCount: 1, histories: [[]])).meanStrength == 1)
        let items = weights.items(in: [
            event(7, 1.5), event(2, 3), event(7, 6), event(4, -1), event(7, 3),
        ])
        #expect(items.items == [2, 7])
        #expect(items.weights == [1, 2])
    }

    /// 0.1 has no exact Float, and a mean of many could be off by a rounding.
    @Test(arguments: [0.1, 1, 3, 0.7] as [Float])
    func equalStrengthsWeighExactlyOne(strength: Float) {
        let data = parting(strengths: (strength, strength))
        #expect(data.weightedItems.allSatisfy { $0.weights == [1, 1, 1] })
    }

    @Test func smallLogsGetSmallerBatches() {
        #expect(BatchSize.forUsers(10_000, upTo: 128) == 128)
        #expect(BatchSize.forUsers(160, upTo: 128) == 10)
        #expect(BatchSize.forUsers(5, upTo: 128) == 1)
        #expect(BatchSize.forUsers(5, upTo: 128, atLeast: 2) == 2)
        #expect(BatchSize.forUsers(5, upTo: 1, atLeast: 2) == 1)
    }
}
