import Events
import Support
import Testing

@testable import Recommenders
@testable import Serving
@testable import Store

/// What the service makes of every family's models: the answer to a user.
///
/// Items 0 to 23 are those of the oracle, 24 came after the training. Item 1 is no longer in the
/// catalogue; item 4 is there and not available.
@Suite struct ServedContractTests {
    static let names = FamiliesUnderContract.names()
    static let personal = FamiliesUnderContract.names { $0.reads != .nothing }

    private static let removed = 1
    private static let unavailable = 4
    private static let now = Timestamp(milliseconds: 1_700_000_000_000)

    private func family(_ name: String) throws -> ModelFamily {
        try FamiliesUnderContract.family(name)
    }

    private func ranker(serving name: String, epochs: Int = 30) throws -> Ranker {
        let (slots, items) = (ModelSlots(), ItemDirectory())
        items.put(
            (0...TasteGroups.itemCount).map { row in
                ItemDirectoryEntry(
                    key: ItemKey(Int32(row)), id: ItemID(stored: "\(row)"),
                    isAvailable: ![Self.removed, Self.unavailable].contains(row),
                    isDeleted: row == Self.removed, categories: [], createdAt: Self.now)
            })
        let model = ServedModel(
            name: name, version: 1, recommender: try family(name).fitted(epochs: epochs),
            items: (0..<TasteGroups.itemCount).map {
                $0 == Self.removed ? nil : ItemKey(Int32($0))
            })
        slots.swap(
            in: model,
            for: Deployment(
                id: 1, model: name, version: 1, rollbackVersion: nil, reason: "",
                activatedAt: Self.now))
        return Ranker(
            slots: slots, users: UserStates(byteCapacity: 2400, historyLimit: 50) { _, _ in nil },
            items: items, popular: PopularItems(halfLifeDays: 30), meanings: EventMeanings(),
            defaultModel: name, clock: ManualWallClock(Self.now))
    }

    private func state(_ items: [Int], isSeen: Bool = true) -> UserState {
        UserState(
            interactions: TasteGroups.history(items).interactions.map { interaction in
                var interaction = interaction.withItem(ItemKey(interaction.item.rawValue))
                interaction.isSeen = isSeen
                return interaction
            },
            watermark: EventSequence(9))
    }

    private func rows(_ answer: RankedAnswer) -> [Int] {
        answer.items.compactMap { Int($0.id.rawValue) }
    }

    /// All that may be shown, best first, however many were asked for.
    @Test(arguments: names)
    func answersMoreThanTheCatalogueWithAllOfIt(name: String) throws {
        let ranker = try ranker(serving: name)
        let answer = ranker.answer(RecommendationQuery(k: 500), for: state([2, 5]))
        let shown = (0..<TasteGroups.itemCount)
            .filter { ![2, 5, Self.removed, Self.unavailable].contains($0) }
        #expect(answer.model?.name == name)
        #expect(rows(answer).sorted() == shown)
        #expect(answer.items.map(\.score) == answer.items.map(\.score).sorted(by: >))
    }

    @Test(arguments: personal)
    func neverShowsWhatIsSeenOrRemoved(name: String) throws {
        let ranker = try ranker(serving: name)
        let user = state([7, 10, 13])
        // Of the taste: 1 is removed, 4 not available, 7, 10 and 13 are seen.
        #expect(Set(rows(ranker.answer(RecommendationQuery(k: 3), for: user))) == [16, 19, 22])
        let again = ranker.answer(RecommendationQuery(k: 6, excludeSeen: false), for: user)
        #expect(Set([16, 19, 22]).isSubset(of: rows(again)))
        #expect(!rows(again).contains(Self.removed) && !rows(again).contains(Self.unavailable))
    }

    /// The log goes on naming them, and the model knows the one by its row, the other not at all.
    @Test(arguments: personal)
    func readsPastEventsOnItemsThatItDoesNotHave(name: String) throws {
        let ranker = try ranker(serving: name)
        let user = state([2, Self.removed, TasteGroups.itemCount, 5, 8])
        let answer = ranker.answer(RecommendationQuery(k: 5), for: user)
        #expect(answer.policy == .model)
        #expect(Set(rows(answer)) == [11, 14, 17, 20, 23])
    }

    @Test(arguments: names)
    func answersTheUnknownOnlyWhereItReadsNothing(name: String) throws {
        let ranker = try ranker(serving: name, epochs: 2)
        let readsNothing = try family(name).reads == .nothing
        let unread = [UserState.unknown, state([TasteGroups.itemCount]), state([Self.removed])]
        for user in unread {
            let answer = ranker.answer(RecommendationQuery(k: 4), for: user)
            #expect((answer.policy == .model) == readsNothing)
            #expect(answer.items.count == 4)
        }
    }

    @Test(arguments: personal)
    func countsANewEventInTheNextAnswer(name: String) throws {
        let ranker = try ranker(serving: name)
        for group in [0, 2] {
            let one = ranker.answer(RecommendationQuery(k: 1), for: state([group]))
            #expect(try #require(rows(one).first) % TasteGroups.groupCount == group)
        }
    }
}
