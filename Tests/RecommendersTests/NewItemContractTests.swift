import Events
import Testing

@testable import Recommenders

/// What every family makes of items that nobody did anything with. Item 24 is the one.
@Suite struct NewItemContractTests {
    static let readsContent = FamiliesUnderContract.names { $0.readsContent }

    private let new = TasteGroups.itemCount

    private func family(_ name: String) throws -> ModelFamily {
        try FamiliesUnderContract.family(name)
    }

    /// Three items that a user of the taste liked, and the others of the taste.
    private func halves(of group: Int) -> (seen: [Int], rest: [Int]) {
        let items = TasteGroups.items(of: group)
        return (Array(items.prefix(3)), Array(items.dropFirst(3)))
    }

    /// Without contents there is nothing that speaks for it.
    @Test(arguments: FamiliesUnderContract.names { !$0.readsContent })
    func isBelowWhatIsLiked(name: String) throws {
        let model = try family(name).fitted(on: TasteGroups.withAnUntouchedItem(.none))
        #expect(model.itemCount == new + 1)
        for group in 0..<TasteGroups.groupCount {
            let (seen, rest) = halves(of: group)
            let scores = model.scores(for: [TasteGroups.history(seen)])
            #expect(scores[new] < (rest.map { scores[$0] }.min() ?? -.infinity))
            #expect(scores.allSatisfy { $0.isFinite })
        }
    }

    /// A history may name it all the same.
    @Test(arguments: FamiliesUnderContract.names { !$0.readsContent })
    func mayStandInAHistory(name: String) throws {
        let model = try family(name).fitted(
            on: TasteGroups.withAnUntouchedItem(.none), epochs: 2)
        for items in [[new], [new, 3], [3, new]] {
            let history = TasteGroups.history(items)
            _ = model.canAnswer(history)
            #expect(model.scores(for: [history]).allSatisfy { $0.isFinite })
        }
    }

    /// It was there when the model was trained, and nobody had found it yet.
    @Test(arguments: readsContent)
    func isFoundByItsContentsWhenItWasTrained(name: String) throws {
        let content = TasteGroups.content(of: 1, number: new)
        let model = try family(name).fitted(on: TasteGroups.withAnUntouchedItem(content))
        try expectOfTaste(1, item: new, of: model)
    }

    /// It came later: the model in service takes it in.
    @Test(arguments: readsContent)
    func isFoundByItsContentsWhenItCameLater(name: String) throws {
        let model = try #require(try family(name).fitted() as? any ContentRecommender)
        let once = model.adding([
            TasteGroups.content(of: 1, number: new), TasteGroups.content(of: 2, number: new + 1),
        ])
        let grown = once.adding([.none])
        #expect(grown.itemCount == new + 3)
        try expectOfTaste(1, item: new, of: grown)
        try expectOfTaste(2, item: new + 1, of: grown)
        #expect(grown.parameters() == model.parameters())
        #expect(grown.scores(for: []).isEmpty)
    }

    @Test(arguments: readsContent)
    func changesNothingForTheOthersWhenItComesLater(name: String) throws {
        let model = try #require(try family(name).fitted(epochs: 2) as? any ContentRecommender)
        let grown = model.adding([TasteGroups.content(of: 1, number: new), .none])
        for history in [[1, 4], [2], [0, 1, 2]].map(TasteGroups.history) {
            let before = model.scores(for: [history])
            let after = grown.scores(for: [history])
            #expect(after.count == before.count + 2)
            #expect(after.allSatisfy { $0.isFinite })
            for (score, expected) in zip(after, before) {
                #expect(abs(score - expected) <= 1e-5 * max(1, abs(expected)))
            }
        }
    }

    /// One like of the new item alone tells a visitor's taste.
    @Test(arguments: readsContent)
    func tellsATasteWhenItCameLater(name: String) throws {
        let model = try #require(try family(name).fitted() as? any ContentRecommender)
        let grown = model.adding([TasteGroups.content(of: 1, number: new)])
        let visitor = TasteGroups.history([new])
        #expect(grown.canAnswer(visitor))
        let scores = grown.scores(for: [visitor])
        let liked = TasteGroups.items(of: 1).map { scores[$0] }
        let others = (TasteGroups.items(of: 0) + TasteGroups.items(of: 2)).map { scores[$0] }
        #expect((liked.min() ?? 0) > (others.max() ?? 0))
    }

    @Test(arguments: FamiliesUnderContract.names())
    func aFamilyReadsContentsIfItsModelsCanTakeItems(name: String) throws {
        let family = try family(name)
        let model = try family.fitted(epochs: 1)
        #expect((model as? any ContentRecommender != nil) == family.readsContent)
    }

    /// Those who like the taste get the item before all of another taste.
    private func expectOfTaste(
        _ group: Int, item: Int, of model: any Recommender
    ) throws {
        let scores = model.scores(for: [TasteGroups.history(halves(of: group).seen)])
        let others = (0..<TasteGroups.itemCount).filter { $0 % TasteGroups.groupCount != group }
        #expect(scores[item] > (others.map { scores[$0] }.max() ?? .infinity))
    }
}
