import Events
import Foundation
import GRDB
import Support
import Testing

@testable import Store

/// Opening, closing, and who may.
struct StoreTests {
    @Test func createsAFileForItsOwnerOnly() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        _ = try await store.append([event("e1")])
        for name in try fixture.fileNames {
            let path = fixture.folder.appending(path: name).path
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            #expect(attributes[.posixPermissions] as? Int == 0o600, "\(name)")
        }
        try store.close()
    }

    @Test func cleanStopLeavesOneFileWithEverything() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        _ = try await store.append([event("e1")])
        #expect(try fixture.fileNames.count == 3)
        try store.close()
        try store.close()
        #expect(try fixture.fileNames == ["test.sqlite"])
        let reopened = try fixture.open()
        #expect(try await reopened.reader.statistics().events == 1)
        try reopened.close()
    }

    @Test func refusesASecondWriter() throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        #expect(throws: StoreRefusal.locked(path: fixture.path)) { _ = try fixture.open() }
        try store.close()
        try fixture.open().close()
    }

    @Test func refusesAWriterBesideAnotherProcess() throws {
        let fixture = try StoreFixture()
        try fixture.open().close()
        let input = Pipe()
        let output = Pipe()
        let holder = try ChildProcess(
            "/usr/bin/flock", [fixture.path, "-c", "echo held; read line"],
            input: input.fileHandleForReading, output: output.fileHandleForWriting)
        _ = output.fileHandleForReading.availableData
        #expect(throws: StoreRefusal.locked(path: fixture.path)) { _ = try fixture.open() }
        try input.fileHandleForWriting.close()
        holder.waitUntilEnded()
        try fixture.open().close()
    }

    /// A restore ends between the opening of a file and its lock.
    @Test func locksTheFileThatHasTheNameNow() throws {
        let fixture = try StoreFixture()
        let restored = fixture.folder.appending(path: "restored").path
        var openings = 0
        let lock = try DatabaseLock(path: fixture.path) {
            openings += 1
            guard openings == 1 else { return }
            try Data().write(to: URL(filePath: restored))
            #expect(rename(restored, fixture.path) == 0)
        }
        #expect(openings == 2)
        #expect(throws: StoreRefusal.locked(path: fixture.path)) { _ = try fixture.open() }
        lock.release()
        try fixture.open().close()
    }

    @Test func aFailedOpenLetsGoOfTheLock() throws {
        let fixture = try StoreFixture()
        try Data("not a database at all, but long enough to be looked at".utf8)
            .write(to: URL(filePath: fixture.path))
        #expect(throws: StoreError.self) { _ = try fixture.open() }
        try FileManager.default.removeItem(atPath: fixture.path)
        try fixture.open().close()
    }

    @Test func syncsEachCommit() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        let pragmas = try await store.write("read settings") { connection in
            try ["journal_mode", "synchronous", "foreign_keys", "wal_autocheckpoint"].map {
                try String.fetchOne(connection.db, sql: "PRAGMA \($0)")
            }
        }
        #expect(pragmas == ["wal", "2", "1", "65536"])
        try store.close()
    }

    @Test func refusesWritesAfterClosing() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        try store.close()
        await #expect(throws: StoreRefusal.closed) { _ = try await store.append([event("e1")]) }
    }

    @Test func keepsSettings() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        try await store.setSetting("mode", "quiet")
        try await store.setSetting("mode", "loud")
        #expect(try await store.reader.setting("mode") == "loud")
        try await store.setSetting("mode", nil)
        #expect(try await store.reader.setting("mode") == nil)
        try store.close()
    }
}
