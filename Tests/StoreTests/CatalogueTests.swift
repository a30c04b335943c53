import Events
import Foundation
import Support
import Testing

@testable import Store

/// Items and users as the application declares them.
struct CatalogueTests {
    private let fixture: StoreFixture
    private let store: Store
    private let id = ItemID(stored: "i1")

    init() throws {
        fixture = try StoreFixture()
        store = try fixture.open()
    }

    @Test func givesBackAnItemAsItWasPut() async throws {
        let item = Item(
            id: id, isAvailable: false, categories: ["a", "b \"c\""], title: "T",
            attributes: #"{"x":1}"#, embedding: [1, -0.5, .pi],
            createdAt: Timestamp(milliseconds: 123_456))
        let outcomes = try await store.putItems([item])
        let stored = try #require(try await store.reader.item(id))
        #expect(stored.item == item)
        #expect(outcomes == [.created(stored.key)])
        #expect(try await store.putItems([item]) == [.replaced(stored.key)])
        let entry = try #require(try await store.reader.itemDirectory().first)
        #expect(entry.categories == item.categories)
        #expect(!entry.isAvailable && !entry.isDeleted)
        try store.close()
    }

    @Test func readsContentsInRanges() async throws {
        _ = try await store.putItems([
            Item(id: id, categories: ["a"], attributes: #"{"x":[1,"y"]}"#, embedding: [1, -0.5]),
            Item(id: ItemID(stored: "i2")), Item(id: ItemID(stored: "i3"), title: "T"),
            Item(id: ItemID(stored: "i4"), title: "gone"),
        ])
        _ = try await store.deleteItem(ItemID(stored: "i4"))
        let first = try await store.reader.itemContents(limit: 2)
        #expect(first.map(\.id.rawValue) == ["i1", "i2"])
        #expect(
            first[0].content
                == ItemContent(
                    categories: ["a"], attributes: ["x": .array([.integer(1), .string("y")])],
                    embedding: [1, -0.5]))
        #expect(first[1].content.isEmpty)
        let second = try await store.reader.itemContents(after: first[1].key, limit: 2)
        #expect(second.map(\.content) == [ItemContent(title: "T")])
        try store.close()
    }

    @Test func readsAttributesOfUsersWhoHaveSome() async throws {
        let names = ["u1", "u2", "u3"]
        _ = try await store.putUsers(
            names.map {
                UserProfile(
                    id: UserID(stored: $0), attributes: $0 == "u2" ? nil : #"{"n":"\#($0)"}"#)
            })
        let read = try await store.reader.read { try $0.userAttributes(limit: 10) }
        #expect(read.map(\.user) == [UserKey(1), UserKey(3)])
        #expect(read[1].attributes == UserAttributes(["n": .string("u3")]))
        let rest = try await store.reader.read {
            try $0.userAttributes(after: UserKey(1), limit: 1)
        }
        #expect(rest.map(\.user) == [UserKey(3)])
        let history = try await store.reader.history(of: UserID(stored: "u1"), limit: 5)
        #expect(history?.attributes == UserAttributes(["n": .string("u1")]))
        #expect(history?.interactions.isEmpty == true)
        try store.close()
    }

    @Test func puttingReplacesEverythingButTheCreation() async throws {
        _ = try await store.putItems([Item(id: id, title: "T", embedding: [1])])
        fixture.clock.advance(by: .seconds(100))
        _ = try await store.putItems([Item(id: id)])
        let item = try #require(try await store.reader.item(id)?.item)
        #expect(item.title == nil && item.embedding == nil)
        #expect(item.createdAt == Timestamp(milliseconds: 1_700_000_000_000))
        try store.close()
    }

    @Test func updatesOnlyWhatTheChangeTouches() async throws {
        _ = try await store.putItems([Item(id: id, categories: ["a"], title: "T")])
        let updated = try await store.updateItem(id) { item in
            item.isAvailable = false
            item.id = ItemID(stored: "another")
        }
        #expect(updated?.title == "T")
        #expect(try await store.reader.item(id)?.item.isAvailable == false)
        #expect(try await store.updateItem(ItemID(stored: "none")) { _ in } == nil)
        try store.close()
    }

    @Test func aDeletedItemComesBackOnlyByPuttingIt() async throws {
        _ = try await store.append([event("e1", item: "i1")])
        let key = try #require(try await store.reader.item(id)?.key)
        #expect(try await store.deleteItem(id))
        #expect(try await !store.deleteItem(id))
        #expect(try await store.reader.statistics().items == 0)
        _ = try await store.append([event("e2", item: "i1")])
        #expect(try await store.reader.item(id) == nil)
        #expect(try await store.reader.itemDirectory().map(\.isDeleted) == [true])
        #expect(try await store.reader.events(of: UserID(stored: "u1"), limit: 9).count == 2)
        #expect(try await store.putItems([Item(id: id)]) == [.created(key)])
        #expect(try await store.reader.statistics().items == 1)
        try store.close()
    }

    @Test func listsItemsInPages() async throws {
        _ = try await store.putItems((1...5).map { Item(id: ItemID(stored: "i\($0)")) })
        _ = try await store.deleteItem(ItemID(stored: "i3"))
        let first = try await store.reader.items(limit: 2)
        let rest = try await store.reader.items(after: first.last?.key, limit: 9)
        #expect((first + rest).map(\.item.id.rawValue) == ["i1", "i2", "i4", "i5"])
        let since = try await store.reader.itemDirectory(since: first.last?.key)
        #expect(since.map(\.id.rawValue) == ["i3", "i4", "i5"])
        try store.close()
    }

    @Test func keepsTheTimesOfAnItem() async throws {
        let (from, until) = (Timestamp(milliseconds: 1000), Timestamp(milliseconds: 2000))
        let item = Item(id: ItemID(stored: "i"), availableFrom: from, expiresAt: until)
        _ = try await store.putItems([item])
        #expect(try await store.reader.item(item.id)?.item.availableFrom == from)
        let entry = try await store.reader.itemDirectory().first
        #expect(entry?.availableFrom == from && entry?.expiresAt == until)
        _ = try await store.updateItem(item.id) { $0.expiresAt = nil }
        #expect(try await store.reader.item(item.id)?.item.expiresAt == nil)
        // One that comes back is another one.
        _ = try await store.deleteItem(item.id)
        _ = try await store.putItems([Item(id: item.id)])
        #expect(try await store.reader.item(item.id)?.item.availableFrom == nil)
        try store.close()
    }

    @Test func putsUpdatesAndFindsUsers() async throws {
        let user = UserProfile(id: UserID(stored: "u1"), attributes: #"{"a":1}"#)
        #expect(try await store.putUsers([user]) == [true])
        #expect(try await store.putUsers([user]) == [false])
        #expect(try await store.reader.user(user.id) == user)
        let updated = try await store.updateUser(user.id) { $0.attributes = nil }
        #expect(updated == UserProfile(id: user.id))
        #expect(try await store.updateUser(UserID(stored: "none")) { _ in } == nil)
        try store.close()
    }

    /// 1,000 users in 10 equal bins: far more than 200 in one has no business in a uniform hash.
    @Test func spreadsCohortHashesEvenly() async throws {
        _ = try await store.putUsers((0..<1000).map { UserProfile(id: UserID(stored: "u\($0)")) })
        var bins = [Int](repeating: 0, count: 10)
        for user in try store.reader.userDirectory() {
            bins[Int(Double(user.cohortHash) / 0x1p64 * 10)] += 1
        }
        #expect(bins.allSatisfy { (50...160).contains($0) }, "\(bins)")
        try store.close()
    }
}

/// Lists of names in a column, with and without something to escape.
struct JSONTextTests {
    @Test(arguments: [
        [], ["a"], [""], ["", ""], ["a", "b c", "é"], ["a/b"], ["a\"b"], [#"back\slash"#], [","],
        [#"",""#, "x"], ["tab\t", "x"],
    ])
    func readsWhatItWrites(_ names: [String]) throws {
        let text = try JSONText.array(names)
        #expect(try JSONText.strings(text) == names)
        #expect(try JSONDecoder().decode([String].self, from: Data(text.utf8)) == names)
    }

    @Test(arguments: [
        (#"["a", "b"]"#, ["a", "b"]), (#"[ "a","b" ]"#, ["a", "b"]), (#"["a\/b"]"#, ["a/b"]),
        (#"["A"]"#, ["A"]),
    ])
    func readsOtherSpellings(_ text: String, _ names: [String]) throws {
        #expect(try JSONText.strings(text) == names)
    }

    @Test(arguments: ["", "[", #"["a"#, #"["a""b"]"#, "[1]", #"["a";"b"]"#])
    func refusesWhatIsNoList(_ text: String) {
        #expect(throws: DecodingError.self) { try JSONText.strings(text) }
    }
}
