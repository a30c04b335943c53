import Events
import Foundation
import GRDB
import Support
import Testing

@testable import Store

/// As many types of events as a log may have, and one more.
struct EventTypeBoundTests {
    private static let refusal = EventVerdict.invalid(EventRules.tooManyTypes)

    private let fixture: StoreFixture

    init() throws { fixture = try StoreFixture() }

    /// A store whose log has as many types as it may.
    private func full() async throws -> Store {
        let store = try fixture.open()
        let types = (0..<EventRules.maximumTypes).map { event("e\($0)", "type\($0)") }
        #expect(try await store.append(types).sequences.count == types.count)
        return store
    }

    private func expectOrder(_ store: Store) throws {
        try store.close()
        #expect(try StoreVerification.run(on: fixture.path).problems == [])
    }

    @Test func rejectsAnEventOfOneTypeTooManyAndNoOther() async throws {
        let store = try await full()
        let outcome = try await store.append([
            event("a", "type7"), event("b", "new", user: "nobody", item: "nothing"),
            event("c", "type999"),
            event("d", "newer"),
        ])
        #expect(outcome.sequences == [1001, 1002])
        #expect(outcome.verdicts[1] == Self.refusal)
        #expect(outcome.verdicts[3] == Self.refusal)
        #expect(try await store.reader.userKey(of: UserID(stored: "nobody")) == nil)
        #expect(try await store.reader.statistics().items == 1)
        // Not stored, and so its id isn't taken.
        #expect(try await store.append([event("b", "type1")]).sequences == [1003])
        try expectOrder(store)
    }

    @Test func theBoundIsMetInTheMiddleOfABatch() async throws {
        let store = try fixture.open()
        let count = EventRules.maximumTypes + 20
        let outcome = try await store.append((0..<count).map { event(nil, "type\($0)") })
        #expect(outcome.sequences == (1...Int64(EventRules.maximumTypes)).map { $0 })
        #expect(outcome.verdicts.suffix(20).allSatisfy { $0 == Self.refusal })
        try expectOrder(store)
    }

    @Test func aConfiguredTypeFindsRoom() async throws {
        var store = try await full()
        #expect(try await store.append([event(nil, "purchase")]).sequences.count == 1)
        #expect(try await store.append([event(nil, "open")]).verdicts == [Self.refusal])
        try store.close()
        store = try fixture.open(meanings: EventMeanings(overriding: ["open": EventMeaning()]))
        #expect(try await store.append([event(nil, "open")]).sequences.count == 1)
        #expect(try await store.append([event(nil, "close")]).verdicts == [Self.refusal])
        try expectOrder(store)
    }

    @Test func whatIsTakenBackLeavesItsRoom() async throws {
        let store = try fixture.open()
        let types = (0..<EventRules.maximumTypes).map { event(nil, "type\($0)") }
        let others = (0..<EventRules.maximumTypes).map { event(nil, "other\($0)") }
        #expect(try await store.judge(others).sequences.count == others.count)
        await #expect(throws: CancellationError.self) {
            try await store.write("fail") { connection in
                for event in others { _ = try connection.typeKey(of: event.type) }
                throw CancellationError()
            }
        }
        #expect(try await store.append(types).sequences.count == types.count)
        #expect(try await store.append(others).sequences.isEmpty)
        #expect(try await store.judge(others).sequences.isEmpty)
        try expectOrder(store)
    }

    /// From before there was a bound.
    @Test func aLogWithMoreTypesKeepsThem() async throws {
        try fixture.open().close()
        try await DatabaseQueue(path: fixture.path).write { db in
            try db.execute(
                sql: """
                    WITH RECURSIVE numbers (n) AS
                        (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 65535)
                    INSERT INTO event_types (name) SELECT 'type' || n FROM numbers
                    """)
        }
        let store = try fixture.open()
        let outcome = try await store.append([
            event(nil, "type65535"), event(nil, "new"), event(nil, "purchase"),
        ])
        #expect(outcome.sequences == [1])
        #expect(outcome.verdicts.suffix(2) == [Self.refusal, Self.refusal])
        try expectOrder(store)
    }
}
