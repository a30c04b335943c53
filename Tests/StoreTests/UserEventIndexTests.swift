import Events
import Foundation
import GRDB
import Support
import Testing

@testable import Store

/// Histories out of memory and table against the plain log, with generations so short that
/// everything happens.
@Suite struct UserEventIndexTests {
    private static let users = (0..<9).map { UserID(stored: "u\($0)") }

    private let fixture: StoreFixture
    private var random = RandomSource(seed: 3)
    private var made = 0

    init() throws { fixture = try StoreFixture() }

    private func open() throws -> Store {
        var options = fixture.options()
        options.recentEvents.least = 40
        options.recentEvents.most = 60
        options.recentEvents.mergedPerEvent = 2
        options.recentEvents.mergedAtOnce = 7
        return try fixture.open(options)
    }

    /// Events of few users, at times that often are the same.
    private mutating func events(_ count: Int) -> [Event] {
        (0..<count).map { _ in
            made += 1
            let user = Int.random(in: 0..<Self.users.count, using: &random)
            return event(
                "e\(made)", user: "u\(user)", item: "i\(Int.random(in: 0..<30, using: &random))",
                value: made % 3 == 0 ? Double(made) : nil,
                at: Int64.random(in: 0..<20, using: &random))
        }
    }

    /// By the log alone: numbers by (time, sequence), newest first.
    private static func expected(_ db: Database, _ user: UserID) throws -> [Row] {
        try Row.fetchAll(
            db,
            sql: """
                SELECT e.sequence, e.item, e.value, e.time
                FROM events e JOIN users u ON u.key = e.user WHERE u.id = ?
                ORDER BY e.time DESC, e.sequence DESC
                """, arguments: [user.rawValue])
    }

    private static func expectTheLog(in snapshot: StoreSnapshot) throws {
        for user in users {
            let rows = try expected(snapshot.db, user)
            for limit in [1, 5, 1000] {
                let history = try snapshot.history(of: user, limit: limit)
                let found = history?.interactions ?? []
                let newest = rows.prefix(limit).reversed()
                #expect(found.map(\.item.rawValue) == newest.map { $0["item"] })
                #expect(found.map(\.time.milliseconds) == newest.map { $0["time"] })
                #expect(
                    found.map { $0.value.isNaN ? nil : Double($0.value) }
                        == newest.map { $0["value"] as Double? })
                let numbers: [Int64] = rows.map { $0["sequence"] }
                #expect(history?.lastSequence?.rawValue == numbers.max())
                let before = EventSequence(numbers.max() ?? 0)
                let listed = try snapshot.events(of: user, before: before, limit: limit)
                #expect(
                    listed.map(\.sequence.rawValue)
                        == Array(numbers.sorted(by: >).dropFirst().prefix(limit)))
            }
        }
    }

    private func expectTheLog(in store: Store) async throws {
        try await store.reader.read { try Self.expectTheLog(in: $0) }
        let other = try Store.openReadOnly(path: fixture.path, meanings: EventMeanings())
        try await other.read { try Self.expectTheLog(in: $0) }
        try other.close()
    }

    /// How far the table is filled, and how many rows it has beyond.
    private func filled(_ store: Store) async throws -> (through: Int64, rows: Int) {
        try await store.reader.read { snapshot in
            (
                try snapshot.db.counter(UserEventIndex.counter),
                try Int.fetchOne(snapshot.db, sql: "SELECT count(*) FROM user_events") ?? 0
            )
        }
    }

    @Test mutating func historiesAreTheLogThroughMergesTakeBacksErasuresAndStarts() async throws {
        var store = try open()
        var steps = Set<Int64>()
        for round in 0..<60 {
            _ = try await store.append(events(Int.random(in: 1...12, using: &random)))
            _ = try await store.judge(events(3))
            if round % 3 == 0 {
                let back = Int.random(in: 1...made, using: &random)
                _ = try await store.removeEvent(id: "e\(back)")
            }
            if round % 20 == 9 { _ = try await store.deleteUser(Self.users[round / 20]) }
            if round % 7 == 3 {
                try store.close()
                store = try open()
            }
            try await expectTheLog(in: store)
            steps.insert(try await filled(store).through)
        }
        #expect(steps.count > 4)
        try store.close()
        #expect(try StoreVerification.run(on: fixture.path).problems == [])
    }

    /// A death in the middle of a merge leaves what a copy of that moment has.
    @Test mutating func aMergeThatWasCutOffGoesOn() async throws {
        let store = try open()
        let copy = fixture.folder.appending(path: "copy.sqlite").path
        var cutOff = 0
        for round in 0..<40 {
            _ = try await store.append(events(5))
            let (through, rows) = try await filled(store)
            guard rows > through, round % 2 == 0 else { continue }
            cutOff += 1
            _ = try await store.backUp(to: copy)
            #expect(try StoreVerification.run(on: copy).problems == [])
            var options = StoreOptions(path: copy)
            options.recentEvents.least = 40
            options.recentEvents.mergedAtOnce = 1
            let again = try Store.open(options, meanings: EventMeanings(), clock: fixture.clock)
            for _ in 0..<20 { _ = try await again.append([event(), event(user: "u2")]) }
            try await again.reader.read { try Self.expectTheLog(in: $0) }
            #expect(
                try await again.reader.read { try $0.db.counter(UserEventIndex.counter) } > through)
            try again.close()
            #expect(try StoreVerification.run(on: copy).problems == [])
            try FileManager.default.removeItem(atPath: copy)
        }
        #expect(cutOff > 2)
        try store.close()
    }

    /// No life is long enough for a merge, nor for all events of the one user.
    @Test(arguments: [9, 1])
    mutating func manyShortLivesBringAMergeToItsEnd(userCount: Int) async throws {
        var most = 0
        for life in 0..<100 {
            let store = try open()
            let batch = (0..<5).map { number in
                event(
                    "e\(life)-\(number)", user: "u\(number % userCount)", item: "i\(number)",
                    at: Int64(life))
            }
            _ = try await store.append(batch)
            if life % 10 == 0 { try await expectTheLog(in: store) }
            let left = try await store.reader.read { snapshot in
                try Int64.fetchOne(snapshot.db, sql: "SELECT max(sequence) FROM events") ?? 0
            }
            most = max(most, Int(left - (try await filled(store)).through))
            try store.close()
            if life % 10 == 5 {
                #expect(try StoreVerification.run(on: fixture.path).problems == [])
            }
        }
        #expect(most < 130)  // two generations
    }

    /// Others' events wait for no more than a share of his.
    @Test mutating func aUserWithManyEventsIsMergedInParts() async throws {
        let store = try open()
        var (rows, most) = (0, 0)
        for round in 0..<60 {
            _ = try await store.append([
                event("a\(round)", user: "u1"), event("b\(round)", user: "u1"),
            ])
            let now = try await filled(store).rows
            (rows, most) = (now, max(most, now - rows))
        }
        #expect(rows > 40)
        #expect(most <= 8)  // what two events are worth, twice
        try await expectTheLog(in: store)
        try store.close()
    }

    @Test mutating func verificationTellsOfARowThatAMergePassedOver() async throws {
        let store = try open()
        var passed: Int64?
        while passed == nil {
            _ = try await store.append(events(5))
            passed = try await store.reader.read { snapshot in
                try Int64.fetchOne(
                    snapshot.db,
                    sql: "SELECT sequence FROM user_events WHERE sequence > ?",
                    arguments: [try snapshot.db.counter(UserEventIndex.counter)])
            }
        }
        try store.close()
        #expect(try StoreVerification.run(on: fixture.path).problems == [])
        let database = try DatabaseQueue(path: fixture.path)
        try await database.write { [passed] db in
            try db.execute(
                sql: "DELETE FROM user_events WHERE sequence = ?", arguments: [passed])
        }
        #expect(try StoreVerification.run(on: fixture.path).problems.count == 1)
        try database.close()
    }

    /// The memory has let go of what the reader's transaction doesn't find in the table.
    @Test mutating func aReaderOfAnOlderStateStillFindsAll() async throws {
        let store = try open()
        _ = try await store.append(events(50))
        let before = try await filled(store).through
        let later = (0..<30).map { _ in events(12) }
        let appended = DispatchSemaphore(value: 0)
        // On a thread of the readers', which may wait for the others.
        try await store.reader.read { snapshot in
            _ = try snapshot.lastSequence()
            Task.detached {
                for batch in later { _ = try await store.append(batch) }
                appended.signal()
            }
            appended.wait()
            try Self.expectTheLog(in: snapshot)
            #expect(try snapshot.lastSequence().rawValue == 50)
        }
        #expect(try await filled(store).through > before + 50)
        try await expectTheLog(in: store)
        try store.close()
    }

    @Test mutating func verificationTellsOfALostRow() async throws {
        let store = try open()
        for _ in 0..<30 { _ = try await store.append(events(10)) }
        try store.close()
        #expect(try StoreVerification.run(on: fixture.path).problems == [])
        let database = try DatabaseQueue(path: fixture.path)
        try await database.write { db in
            try db.execute(sql: "UPDATE user_events SET item = item + 1 WHERE sequence = 20")
        }
        #expect(try StoreVerification.run(on: fixture.path).problems.count == 1)
        try database.close()
    }

    @Test func theMigrationTakesTheLogOver() throws {
        let database = try DatabaseQueue()
        let before = Migration.all.filter { $0.name < "0012" }
        try database.inDatabase { db in
            let now = Timestamp(milliseconds: 0)
            try Migrator(before).migrate(db, now: now)
            try db.execute(
                sql: """
                    INSERT INTO events (sequence, user, item, type, value, time) VALUES
                        (1, 2, 5, 1, NULL, 30), (2, 1, 6, 2, 1.5, 20), (4, 1, 7, 1, NULL, 10)
                    """)
            try Migrator().migrate(db, now: now)
            let rows = try String.fetchAll(
                db,
                sql: """
                    SELECT user || ' ' || time || ' ' || sequence || ' ' || item || ' ' || type
                        || coalesce(' ' || value, '')
                    FROM user_events
                    """)
            #expect(rows == ["1 10 4 7 1", "1 20 2 6 2 1.5", "2 30 1 5 1"])
            #expect(try db.counter(UserEventIndex.counter) == 4)
            try db.execute(sql: "DELETE FROM events WHERE user = 1")
            #expect(try Int.fetchAll(db, sql: "SELECT sequence FROM user_events") == [1])
        }
    }
}
