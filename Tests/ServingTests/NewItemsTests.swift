import Events
import Recommenders
import Support
import TestSupport
import Testing

@testable import Serving
@testable import Store

/// Ann likes "a" of the category x; the model knows a (x) and b (y) from its training.
@Suite struct NewItemsTests {
    private let database: TemporaryStore
    private let service: RecommendationService
    private let model = SameCategory([
        ItemContent(categories: ["x"]), ItemContent(categories: ["y"]),
    ])
    private var store: Store { database.store }

    init() async throws {
        database = try TemporaryStore()
        service = RecommendationService(
            reader: database.store.reader, options: ServingOptions(), meanings: EventMeanings(),
            modelNames: ["vae"], clock: database.clock)
        try await service.start(following: database.store)
        _ = try await database.store.putItems([item("a", "x"), item("b", "y")])
        try await database.store.append([("ann", "like", "a")])
        database.clock.advance(by: .seconds(60))
        service.slots.swap(in: served(model), for: .make(1, version: 1))
    }

    private func item(_ id: String, _ category: String?) -> Item {
        Item(id: ItemID(stored: id), categories: category.map { [$0] } ?? [])
    }

    private func served(_ model: SameCategory) -> ServedModel {
        ServedModel(
            name: "vae", version: 1, recommender: model, items: [ItemKey(1), ItemKey(2)])
    }

    /// Ids and scores, best first.
    private func answer(_ user: String = "ann", k: Int = 4) async throws -> String {
        let query = RecommendationQuery(user: UserID(stored: user), k: k)
        let answer = try await service.answer(query)
        #expect(answer.policy == .model)
        return answer.items.map { "\($0.id.rawValue)\(Int($0.score))" }.joined(separator: " ")
    }

    @Test func ranksAnItemFromTheAnswerAfterItsPutOn() async throws {
        #expect(try await answer() == "b0")
        _ = try await store.putItems([item("c", "x")])
        #expect(try await answer() == "c1 b0")
        _ = try await store.putItems([item("d", "y"), item("e", "x")])
        #expect(try await answer() == "c1 e1 b0 d0")
        #expect(service.slots.current("vae")?.version == 1)
    }

    @Test func ranksNoItemWithoutContentUntilItHasSome() async throws {
        _ = try await store.putItems([item("c", nil), Item(id: ItemID(stored: "d"), title: "")])
        try await store.append([("bob", "view", "e")])
        #expect(try await answer() == "b0")
        _ = try await store.updateItem(ItemID(stored: "c")) { $0.categories = ["x"] }
        _ = try await store.putItems([item("e", "x")])
        #expect(try await answer() == "c1 e1 b0")
    }

    @Test func hidesAnItemThatIsGoneUntilItComesBack() async throws {
        _ = try await store.putItems([item("c", "x")])
        _ = try await store.deleteItem(ItemID(stored: "c"))
        #expect(try await answer() == "b0")
        _ = try await store.putItems([item("c", "x")])
        #expect(try await answer() == "c1 b0")
        _ = try await store.updateItem(ItemID(stored: "c")) { $0.isAvailable = false }
        #expect(try await answer() == "b0")
    }

    /// What an item said of itself when it came counts until the next load.
    @Test func takesChangedContentWithTheNextLoad() async throws {
        _ = try await store.putItems([item("c", "x")])
        _ = try await store.putItems([item("c", "y")])
        #expect(try await answer() == "c1 b0")
    }

    @Test func takesTheLaterOfTwoContentsInOneGroup() async throws {
        _ = try await store.putItems([item("c", "y"), item("c", "x")])
        #expect(try await answer() == "c1 b0")
        #expect(service.slots.current("vae")?.items.count == 3)
    }

    @Test func leavesOtherModelsAsTheyAre() async throws {
        let popular = ServedModel(
            name: "popularity", version: 1, recommender: try TestCheckpoint.popularity([1, 2]),
            items: [ItemKey(1), ItemKey(2)])
        service.slots.swap(
            in: popular,
            for: Deployment(
                id: 2, model: "popularity", version: 1, rollbackVersion: nil, reason: "",
                activatedAt: .after(0)))
        _ = try await store.putItems([item("c", "x")])
        #expect(service.slots.current("popularity") === popular)
    }

    // MARK: - Kept encodings

    @Test func keepsEncodingsOfUsersWhoHadNothingToDoWithTheNewItem() async throws {
        for name in ["c", "d", "e"] {
            _ = try await answer()
            _ = try await store.putItems([item(name, "x")])
        }
        #expect(try await answer() == "c1 d1 e1 b0")
        #expect(model.counter.count == 1)
    }

    /// The model passed over the like until the item said what it is.
    @Test func encodesAgainWhereTheUserKnewTheItemBefore() async throws {
        try await store.append([("ann", "like", "c")])
        #expect(try await answer() == "b0")
        #expect(model.counter.count == 1)
        _ = try await store.putItems([item("c", "y")])
        #expect(try await answer() == "b1")
        #expect(try await answer() == "b1")
        #expect(model.counter.count == 2)
    }

    // MARK: - Attributes

    @Test func readsAttributesFromTheAnswerAfterTheirPutOn() async throws {
        let ann = UserID(stored: "ann")
        #expect(try await answer() == "b0")
        _ = try await store.putUsers([UserProfile(id: ann, attributes: #"{"favourite":"y"}"#)])
        #expect(try await answer() == "b10")
        _ = try await store.updateUser(ann) { $0.attributes = #"{"favourite":"x"}"# }
        #expect(try await answer() == "b0")
        _ = try await store.putUsers([UserProfile(id: ann)])
        #expect(try await service.users.state(of: ann).attributes == .none)
    }

    @Test func answersAUserOfWhomOnlyAttributesAreKnown() async throws {
        let eve = UserID(stored: "eve")
        _ = try await store.putUsers([UserProfile(id: eve, attributes: #"{"favourite":"y"}"#)])
        #expect(try await answer("eve") == "b10 a0")
        _ = try await store.deleteUser(eve)
        let query = RecommendationQuery(user: eve, k: 2)
        #expect(try await service.answer(query).policy != .model)
    }
}

/// Items that are put while a version is loaded, in every order.
@Suite struct ArrivingItemsTests {
    private let slots = ModelSlots()

    private func content(_ key: Int32) -> StoredContent {
        StoredContent.make(key, category: "x")
    }

    /// A load that read a catalogue with the given items.
    private func loaded(_ keys: [Int32]) -> ServedModel {
        ServedModel(
            name: "vae", version: 1,
            recommender: SameCategory(keys.map { _ in ItemContent(categories: ["x"]) }),
            items: keys.map { ItemKey($0) })
    }

    private var keys: Set<ItemKey?> { Set(slots.current("vae")?.items ?? []) }

    @Test func getsWhatWasPutBetweenLoadAndSwap() {
        let loading = slots.beginLoading()
        slots.add([content(1)])
        let model = loaded([0])
        slots.add([content(2), content(0)])
        slots.swap(in: model, for: .make(1, version: 1), after: loading)
        #expect(slots.current("vae")?.items.count == 3)
        #expect(keys == [ItemKey(0), ItemKey(1), ItemKey(2)])
        slots.endLoading(loading)
        slots.add([content(3)])
        #expect(keys.count == 4)
    }

    @Test func getsNothingOfWhatWasPutBeforeTheLoadBegan() {
        slots.add([content(1)])
        let loading = slots.beginLoading()
        slots.swap(in: loaded([0]), for: .make(1, version: 1), after: loading)
        #expect(keys == [ItemKey(0)])
    }

    @Test func leavesALaterDeploymentInItsPlace() {
        slots.swap(in: loaded([0]), for: .make(2, version: 2))
        let loading = slots.beginLoading()
        slots.add([content(1)])
        slots.swap(in: loaded([0, 5]), for: .make(1, version: 1), after: loading)
        #expect(keys == [ItemKey(0), ItemKey(1)])
    }

    /// One thread puts items one after the other, as the store's writer does, another loads and
    /// swaps all the while: whatever is served last has them all.
    @Test(.timeLimit(.minutes(2))) func losesNoItemBetweenPutsAndSwaps() async {
        let count: Int32 = 1000
        let catalogue = WrittenKeys()
        await withTaskGroup { group in
            group.addTask {
                for key in 0..<count {
                    catalogue.append(key)  // committed,
                    slots.add([content(key)])  // then told
                    await Task.yield()
                }
                catalogue.end()
            }
            group.addTask {
                var deployment: Int64 = 0
                var isLast = false
                while !isLast {
                    isLast = catalogue.hasEnded
                    deployment += 1
                    let loading = slots.beginLoading()
                    let model = loaded(catalogue.keys)
                    slots.swap(in: model, for: .make(deployment, version: 1), after: loading)
                    slots.endLoading(loading)
                    // What was acknowledged before the swap is served after it.
                    #expect(model.items.count <= slots.current("vae")?.items.count ?? 0)
                    await Task.yield()
                }
            }
        }
        // Compared first: a thousand keys make no message.
        let isWhole = keys == Set((0..<count).map { ItemKey($0) })
        #expect(isWhole)
    }
}
