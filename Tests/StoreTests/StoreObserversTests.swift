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
}
