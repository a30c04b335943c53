import Events
import Foundation
import Support
import Testing

@testable import Store

/// Reading beside the writer, and from outside.
struct StoreReaderTests {
    @Test func readsWhileTheWriterIsInATransaction() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        _ = try await store.append([event("a")])
        let entered = DispatchSemaphore(value: 0)
        let gate = DispatchSemaphore(value: 0)
        async let slow: Void = store.write("hold") { connection in
            try connection.db.execute(sql: "DELETE FROM events")
            entered.signal()
            gate.wait()
        }
        while entered.wait(timeout: .now()) == .timedOut { await Task.yield() }
        #expect(try await store.reader.events(of: UserID(stored: "u1"), limit: 9).count == 1)
        gate.signal()
        try await slow
        #expect(try await store.reader.events(of: UserID(stored: "u1"), limit: 9).isEmpty)
        try store.close()
    }

    @Test func seesEachCommitAsAWhole() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        async let writing: Void = {
            for batch in 0..<50 {
                _ = try await store.append((0..<7).map { event("\(batch)-\($0)") })
            }
        }()
        for _ in 0..<100 {
            let (counter, last) = try await store.reader.read { snapshot in
                (try snapshot.statistics().events, try snapshot.lastSequence().rawValue)
            }
            #expect(counter % 7 == 0)
            #expect(Int64(counter) == last)
        }
        try await writing
        try store.close()
    }

    @Test func refusesReadsBeyondItsCapacity() async throws {
        let fixture = try StoreFixture()
        var options = fixture.options()
        options.readCapacity = 1
        let store = try fixture.open(options)
        let entered = DispatchSemaphore(value: 0)
        let gate = DispatchSemaphore(value: 0)
        async let slow: Void = store.reader.read { _ in
            entered.signal()
            gate.wait()
        }
        while entered.wait(timeout: .now()) == .timedOut { await Task.yield() }
        await #expect(throws: StoreRefusal.readersBusy) {
            _ = try await store.reader.jobs(limit: 1)
        }
        gate.signal()
        try await slow
        #expect(try await store.reader.jobs(limit: 1).isEmpty)
        try store.close()
    }

    @Test func readsOnlyWithAndWithoutAService() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        _ = try await store.append([event("a"), event("b")])
        let beside = try Store.openReadOnly(path: fixture.path, meanings: EventMeanings())
        _ = try await store.append([event("c")])
        #expect(try beside.logRange(after: .zero, through: EventSequence(9), limit: 9).count == 3)
        try beside.close()
        try store.close()
        let alone = try Store.openReadOnly(path: fixture.path, meanings: EventMeanings())
        #expect(try alone.logRange(after: .zero, through: EventSequence(9), limit: 9).count == 3)
        try alone.close()
        let reopened = try fixture.open()
        #expect(try await reopened.append([event("d")]).sequences == [4])
        try reopened.close()
        #expect(try fixture.fileNames == ["test.sqlite"])
    }

    @Test func cannotWrite() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        await #expect(throws: StoreError.self) {
            try await store.reader.read { try $0.db.execute(sql: "DELETE FROM events") }
        }
        try store.close()
    }

    @Test func makesNoDatabase() throws {
        let fixture = try StoreFixture()
        #expect(throws: StoreRefusal.missingDatabase(path: fixture.path)) {
            _ = try Store.openReadOnly(path: fixture.path, meanings: EventMeanings())
        }
        #expect(try fixture.fileNames.isEmpty)
    }

    @Test func refusesASchemaThatIsNotItsOwn() throws {
        let fixture = try StoreFixture()
        try Data().write(to: URL(filePath: fixture.path))
        #expect(throws: StoreRefusal.pendingMigration("0001-events")) {
            _ = try Store.openReadOnly(path: fixture.path, meanings: EventMeanings())
        }
    }
}
