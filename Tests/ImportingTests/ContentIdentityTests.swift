import Events
import Support
import Testing

@testable import Importing

@Suite struct ContentIdentityTests {
    private func id(
        type: String = "view", user: String = "u", item: String = "i", value: Double? = nil,
        time: Int64? = nil, recommendation: String? = nil, session: String? = nil,
        properties: String? = nil
    ) -> String {
        var identity = ContentIdentity()
        return identity.id(
            for: Event(
                type: type, user: UserID(stored: user), item: ItemID(stored: item), value: value,
                time: time.map { Timestamp(milliseconds: $0) }, recommendation: recommendation,
                session: session, properties: properties))
    }

    @Test func everyFieldCounts() {
        let ids = [
            id(), id(type: "v"), id(user: "v"), id(item: "v"), id(value: 1), id(time: 1),
            id(recommendation: "1"), id(session: "1"), id(properties: "1"), id(session: ""),
            id(user: "ui", item: ""), id(user: "", item: "ui"), id(user: "u1:i"),
        ]
        #expect(Set(ids).count == ids.count)
        #expect(id() == id())
    }

    /// Stored logs hold these ids: a change here would import old files a second time.
    @Test func neverChanges() {
        #expect(id(value: 4.5, time: 1_763_632_800_000) == "c-6d01b89ccce358283ff3bf02890d5756-1")
    }

    @Test func numbersTheOccurrences() {
        var identity = ContentIdentity()
        let event = Event(type: "view", user: UserID(stored: "u"), item: ItemID(stored: "i"))
        #expect(identity.id(for: event).hasSuffix("-1"))
        #expect(identity.id(for: event).hasSuffix("-2"))
    }
}
