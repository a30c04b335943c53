import Events
import Support
import Synchronization
import Testing

@testable import Store

@Suite struct StoreObserversTests {
    /// An event may come and go in one group: whoever counts must hear of its end last.
    @Test func tellsOfErasuresAfterAppends() {
        let heard = Mutex<[String]>([])
        let observers = StoreObservers()
        observers.add(onErasures: { _ in heard.withLock { $0.append("erased") } })
        observers.add(onAppends: { _ in heard.withLock { $0.append("appended") } })
        let event = StoredEvent(
            sequence: EventSequence(1), user: UserKey(1), userID: UserID(stored: "u"),
            item: ItemKey(0),
            interaction: Interaction(item: ItemKey(0), time: Timestamp(milliseconds: 0)))
        var changes = PendingChanges()
        changes.appended = [event]
        changes.erased = [.event(event)]
        observers.publish(changes)
        #expect(heard.withLock { $0 } == ["appended", "erased"])
    }

    /// Whoever ranks a new item must find it in the directory, and have it before its first event.
    @Test func tellsOfItemsThenOfContentsThenOfAppends() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        let heard = Mutex<[String]>([])
        store.observeAppends { _ in heard.withLock { $0.append("appended") } }
        store.observeContents { contents in
            heard.withLock { $0 += contents.map { "\($0.id) is \($0.content.categories)" } }
        }
        store.observeItems { items in heard.withLock { $0.append("items") } }
        store.observeUsers { users in heard.withLock { $0 += users.map { "user \($0)" } } }
        _ = try await store.putItems([
            Item(id: ItemID(stored: "a"), categories: ["x"]), Item(id: ItemID(stored: "b")),
        ])
        #expect(heard.withLock { $0 } == ["items", #"a is ["x"]"#])
        _ = try await store.append([event("e", item: "c")])
        _ = try await store.putUsers([UserProfile(id: UserID(stored: "u1"))])
        _ = try await store.updateUser(UserID(stored: "u1")) { $0.attributes = #"{"a":1}"# }
        #expect(
            heard.withLock { $0.dropFirst(2) } == ["items", "appended", "user u1", "user u1"])
        try store.close()
    }
}
