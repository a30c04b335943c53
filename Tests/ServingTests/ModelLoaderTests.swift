import Events
import Recommenders
import Store
import Support
import TestSupport
import Testing

@testable import Serving

@Suite struct ModelLoaderTests {
    private let database: TemporaryStore
    private let items = ItemDirectory()
    private let slots = ModelSlots()
    private let loader: ModelLoader

    init() throws {
        database = try TemporaryStore()
        items.put([.make(0, "a"), .make(5, "c")])
        loader = ModelLoader(reader: database.store.reader, items: items, slots: slots)
    }

    private func put(_ checkpoint: ModelCheckpoint) async throws -> Int {
        try await database.store.putCheckpoint(checkpoint.encoded(), model: TestCheckpoint.model)
            .version
    }

    private func load(
        _ version: Int, model: String = TestCheckpoint.model
    ) async throws -> ServedModel {
        try await loader.load(model: model, version: version)
    }

    @Test func loadsWhatWasStored() async throws {
        let version = try await put(
            TestCheckpoint.make(items: ["a", "b", "c"], counts: [1, 0, 2]))
        let model = try await load(version)
        #expect(model.version == version)
        #expect(model.items == [ItemKey(0), nil, ItemKey(5)])
        #expect(model.row(of: ItemKey(5)) == ItemIndex(2))
        #expect(model.row(of: ItemKey(4)) == nil)
        #expect(model.row(of: ItemKey(6)) == nil)
        let history = model.history(of: [], now: .after(0))
        #expect(model.recommender.scores(for: [history]) == [1, 0, 2])
    }

    /// A model by content, trained on a and b, while the catalogue has more.
    @Test func addsWhatTheCatalogueHasAndTheTrainingHadNot() async throws {
        let store = database.store
        let names = ["a", "b"] + (0..<1200).map { "new\($0)" }
        _ = try await store.putItems(
            names.map { Item(id: ItemID(stored: $0), categories: [$0 == "a" ? "x" : "y"]) })
        _ = try await store.putItems([Item(id: ItemID(stored: "bare"))])
        _ = try await store.deleteItem(ItemID(stored: "new7"))
        items.put(try await store.reader.itemDirectory())
        let trained = SameCategory([
            ItemContent(categories: ["x"]), ItemContent(categories: ["y"]),
        ])
        let checkpoint = ModelCheckpoint(
            family: SameCategory.family.name, items: ["a", "b"].map { ItemID(stored: $0) },
            recommender: trained,
            samples: SampleScores(of: trained, histories: [[ItemIndex(0)]]), origin: [:])
        let name = SameCategory.family.name
        let version = try await store.putCheckpoint(checkpoint.encoded(), model: name).version
        let loader = ModelLoader(reader: store.reader, items: items, slots: slots) { _ in
            SameCategory.family
        }
        let model = try await loader.load(model: name, version: version)
        #expect(model.items.count == 2 + 1199)
        #expect(Set(model.items).count == model.items.count)
        let bare = try #require(items.key(of: ItemID(stored: "bare")))
        #expect(model.row(of: bare) == nil)
        let key = try #require(items.key(of: ItemID(stored: "new1199")))
        let row = try #require(model.row(of: key)).row
        let codes = try #require(model.recommender as? SameCategory).codes
        #expect(codes[row] == codes[1] && codes[row] != codes[0])
    }

    @Test func refusesBytesThatAreNoCheckpoint() async throws {
        let info = try await database.store.putCheckpoint(
            Array("no safetensors".utf8), model: TestCheckpoint.model)
        await expectDamaged { _ = try await load(info.version) }
    }

    @Test func refusesWeightsThatDoNotFitTheItems() async throws {
        var checkpoint = try TestCheckpoint.make(items: ["a", "b", "c"], counts: [1, 0, 2])
        checkpoint.items.removeLast()
        let version = try await put(checkpoint)
        await expectDamaged { _ = try await load(version) }
    }

    @Test func refusesScoresThatDifferFromTheStoredOnes() async throws {
        let version = try await put(
            TestCheckpoint.make(items: ["a", "b"], counts: [1, 2], sampled: [1, 3]))
        await #expect {
            _ = try await load(version)
        } throws: { error in
            guard case ModelLoader.Refusal.scoresDiffer(_, version, let largest) = error else {
                return false
            }
            return abs(largest - 1 / 3) < 1e-6
        }
    }

    @Test func refusesAFamilyThatThisProgramDoesNotHave() async throws {
        await #expect {
            _ = try await load(1, model: "oracle")
        } throws: { error in
            if case ModelLoader.Refusal.unknownFamily("oracle") = error { true } else { false }
        }
    }

    @Test func passesOnThatAVersionDoesNotExist() async throws {
        await #expect(
            throws: StoreRefusal.unknownCheckpoint(model: TestCheckpoint.model, version: 9)
        ) {
            _ = try await load(9)
        }
    }

    private func expectDamaged(_ body: () async throws -> Void) async {
        await #expect {
            try await body()
        } throws: { error in
            if case ModelLoader.Refusal.damaged = error { true } else { false }
        }
    }
}
