import Events
import Foundation
import GRDB
import Support
import Synchronization
import Testing

@testable import Store

/// Copies of a store that is written to, put back and verified.
struct BackupTests {
    private let fixture: StoreFixture
    private var copy: String { fixture.folder.appending(path: "copy.sqlite").path }

    init() throws { fixture = try StoreFixture() }

    private func filled() async throws -> Store {
        let store = try fixture.open()
        _ = try await store.append((0..<500).map { event("e\($0)", user: "u\($0 % 7)") })
        let info = try await store.beginCheckpoint(model: "vae", watermark: EventSequence(500))
        let bytes = [UInt8](repeating: 7, count: 100_000)
        try await store.appendCheckpointPart(info.id, bytes)
        var upload = CheckpointUpload()
        upload.add(bytes)
        _ = try await store.finishCheckpoint(
            info.id, checksum: upload.checksum, byteCount: bytes.count)
        store.recommendationLog.offer(
            AnswerID(at: fixture.clock.now()), user: UserKey(1),
            source: .init(route: .similar, policy: "model"), items: [ItemKey(1)])
        try await store.writeWaitingRecommendations()
        return store
    }

    @Test func aCopyIsOneWholeFileOfOneMoment() async throws {
        let store = try await filled()
        let isDone = Flag()
        try await withThrowingTaskGroup { group in
            group.addTask {
                var number = 500
                while !isDone.isSet {
                    _ = try await store.append([event("e\(number)"), event("f\(number)")])
                    number += 1
                }
            }
            group.addTask { [copy] in
                let bytes = try await store.backUp(to: copy)
                isDone.set()
                #expect(bytes > 100_000)
            }
            try await group.waitForAll()
        }
        try store.close()
        #expect(try fixture.fileNames == ["copy.sqlite", "test.sqlite"])
        let found = try StoreVerification.run(on: copy)
        #expect(found.problems.isEmpty)
        #expect(found.events >= 500 && found.events % 2 == 0)
        #expect(found.users >= 7)
        #expect(found.checkpoints == 1)
        #expect(found.recommendations == 1)
        #expect(try fixture.fileNames == ["copy.sqlite", "test.sqlite"])
    }

    @Test func aRestoredStoreIsTheOneThatWasCopied() async throws {
        let store = try await filled()
        _ = try await store.backUp(to: copy)
        _ = try await store.append([event("later")])
        try store.close()
        #expect(throws: StoreRefusal.fileExists(path: fixture.path)) {
            try StoreRestore.run(from: copy, to: fixture.path, aside: nil)
        }
        let aside = fixture.path + ".old"
        try StoreRestore.run(from: copy, to: fixture.path, aside: aside)
        #expect(try StoreVerification.run(on: aside).events == 501)
        let restored = try fixture.open()
        #expect(try await restored.reader.statistics().events == 500)
        #expect(
            try await restored.reader.loadCheckpoint(model: "vae", version: 1).count == 100_000)
        // Ids and numbers go on where the copy left them.
        #expect(try await restored.append([event("e3"), event("new")]).sequences == [501])
        try restored.close()
    }

    /// What a service that is killed leaves: nearly all of it in the write-ahead log.
    private func killed(_ store: Store) throws -> String {
        let folder = fixture.folder.appending(path: "killed").path
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: false)
        let path = folder + "/old.sqlite"
        for end in ["", "-wal"] {
            try FileManager.default.copyItem(atPath: fixture.path + end, toPath: path + end)
        }
        return path
    }

    /// How many events the next start finds, where the restore is killed now.
    private func eventsAfterKill(at path: String) throws -> Int {
        let left = fixture.folder.appending(path: UUID().uuidString)
        try FileManager.default.copyItem(
            at: URL(fileURLWithPath: path).deletingLastPathComponent(), to: left)
        let database = left.appending(path: "old.sqlite").path
        guard !DiskFile.isEmpty(database) else { return 0 }
        let options = StoreOptions(path: database)
        try Store.open(options, meanings: EventMeanings(), clock: fixture.clock).close()
        let found = try StoreVerification.run(on: database)
        #expect(found.problems == [])
        return found.events
    }

    private func names(beside path: String) throws -> [String] {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        return try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    }

    /// A database with an event that its copy doesn't have.
    private func killedSinceItsBackup() async throws -> String {
        let store = try await filled()
        _ = try await store.backUp(to: copy)
        _ = try await store.append([event("later")])
        let old = try killed(store)
        try store.close()
        return old
    }

    /// Also where the file system has no hard links.
    @Test(arguments: [0, EPERM, EOPNOTSUPP])
    func aKilledRestoreLeavesTheOldDatabaseOrTheNewOne(error: Int32) async throws {
        let old = try await killedSinceItsBackup()
        let aside = old + ".aside"
        var counts: [Int] = []
        try StoreRestore.run(
            from: copy, to: old, aside: aside,
            link: error == 0 ? DiskFile.link : failingLink(error)
        ) { counts.append(try eventsAfterKill(at: old)) }
        #expect(counts == [501, 501, 500])
        #expect(try names(beside: old) == ["old.sqlite", "old.sqlite.aside"])
        #expect(try StoreVerification.run(on: old).events == 500)
        #expect(try StoreVerification.run(on: aside).events == 501)
    }

    private func failingLink(_ error: Int32) -> DiskFile.Link {
        { _, _ in
            errno = error
            return -1
        }
    }

    /// Something is in the write-ahead log that the reader doesn't see.
    private func whileItIsRead(_ path: String, _ body: () throws -> Void) throws {
        let reader = try Connections.readers(path: path, count: 1)
        try reader.read { db in
            _ = try Int.fetchOne(db, sql: "SELECT count(*) FROM events")
            try DatabaseQueue(path: path).inDatabase {
                try $0.execute(sql: "INSERT INTO settings VALUES ('a', 'b')")
            }
            try body()
        }
        try reader.close()
    }

    @Test func aRestoreThatFailsLeavesTheOldDatabase() async throws {
        let old = try await killedSinceItsBackup()
        let aside = old + ".aside"
        func restore(link: @escaping DiskFile.Link = DiskFile.link) throws {
            try StoreRestore.run(from: copy, to: old, aside: aside, link: link) {}
        }
        #expect(throws: StoreError(code: .system(EIO), operation: "link", context: aside)) {
            try restore(link: failingLink(EIO))
        }
        try whileItIsRead(old) {
            #expect(throws: StoreRefusal.isRead(path: old)) { try restore() }
        }
        try Data("another".utf8).write(to: URL(fileURLWithPath: aside))
        #expect(throws: StoreError(code: .system(EEXIST), operation: "link", context: aside)) {
            try restore(link: failingLink(EPERM))
        }
        #expect(try eventsAfterKill(at: old) == 501)
        #expect(try String(contentsOfFile: aside, encoding: .utf8) == "another")
    }

    /// An old write-ahead log without its database isn't played into the new one.
    @Test func aRestoreToWhereNothingIsMakesOneFile() async throws {
        let old = try await killedSinceItsBackup()
        try FileManager.default.removeItem(atPath: old)
        var counts: [Int] = []
        try StoreRestore.run(from: copy, to: old, aside: nil, link: failingLink(EPERM)) {
            counts.append(try eventsAfterKill(at: old))
        }
        #expect(counts == [0, 500])
        #expect(try names(beside: old) == ["old.sqlite"])
    }

    /// The reason why most databases are replaced.
    @Test func aRestoreReplacesWhatIsNoDatabaseAnyMore() async throws {
        let store = try await filled()
        _ = try await store.backUp(to: copy)
        try store.close()
        let garbage = Data(repeating: 0x55, count: 20_000)
        try garbage.write(to: URL(fileURLWithPath: fixture.path))
        let aside = fixture.path + ".aside"
        try StoreRestore.run(from: copy, to: fixture.path, aside: aside)
        #expect(try StoreVerification.run(on: fixture.path).events == 500)
        #expect(try Data(contentsOf: URL(fileURLWithPath: aside)) == garbage)
    }

    @Test func aRestoreThroughALinkReplacesWhatItNames() async throws {
        let store = try await filled()
        _ = try await store.backUp(to: copy)
        try store.close()
        let name = fixture.folder.appending(path: "name.sqlite").path
        try FileManager.default.createSymbolicLink(
            atPath: name, withDestinationPath: fixture.path)
        #expect(throws: StoreRefusal.fileExists(path: name)) {
            try StoreRestore.run(from: copy, to: name, aside: nil)
        }
        try StoreRestore.run(from: copy, to: name, aside: name + ".aside")
        #expect(
            try fixture.fileNames == [
                "copy.sqlite", "name.sqlite", "name.sqlite.aside", "test.sqlite",
            ])
        #expect(
            try FileManager.default.destinationOfSymbolicLink(atPath: name) == fixture.path)
    }

    /// Also where the event itself has left before.
    @Test func aCopyKnowsTheIDsThatAreTaken() async throws {
        let store = try await filled()
        _ = try await store.removeEvent(id: "e1")
        _ = try await store.deleteUser(UserID(stored: "u2"))
        _ = try await store.backUp(to: copy)
        try store.close()
        let restored = try Store.open(
            StoreOptions(path: copy), meanings: EventMeanings(), clock: fixture.clock)
        let repeats = try await restored.append([
            event("e0", user: "u0"), event("e1", user: "u1"), event("e2", user: "u2"),
            event("e2", user: "u3"),
        ])
        #expect(
            repeats.verdicts == [
                .duplicate(EventSequence(1)), .duplicate(EventSequence(2)),
                .duplicate(EventSequence(3)), .conflict,
            ])
        try restored.close()
    }

    /// A copy may go anywhere: what opens the running service doesn't go with it.
    @Test func aCopyHasNothingOfTheRunningService() async throws {
        let store = try await filled()
        try await store.setSetting("service.key", "secret-of-this-run")
        try await store.setSetting("other", "kept")
        _ = try await store.backUp(to: copy)
        try store.close()
        let bytes = try Data(contentsOf: URL(fileURLWithPath: copy))
        #expect(bytes.range(of: Data("secret-of-this-run".utf8)) == nil)
        #expect(bytes.range(of: Data("kept".utf8)) != nil)
    }

    @Test func replacesNoStoreThatIsInUse() async throws {
        let store = try await filled()
        _ = try await store.backUp(to: copy)
        #expect(throws: StoreRefusal.locked(path: fixture.path)) {
            try StoreRestore.run(from: copy, to: fixture.path, aside: fixture.path + ".old")
        }
        try store.close()
        #expect(try fixture.fileNames == ["copy.sqlite", "test.sqlite"])
    }

    @Test func leavesAFileThatIsThereAlone() async throws {
        let store = try await filled()
        try Data("precious".utf8).write(to: URL(fileURLWithPath: copy))
        await #expect(throws: StoreRefusal.fileExists(path: copy)) {
            _ = try await store.backUp(to: copy)
        }
        #expect(try String(contentsOfFile: copy, encoding: .utf8) == "precious")
        let nowhere = fixture.folder.appending(path: "missing/copy.sqlite").path
        await #expect(throws: StoreError.self) { _ = try await store.backUp(to: nowhere) }
        try store.close()
    }

    @Test func findsWhatEventsNameAndIsNotThere() async throws {
        let store = try await filled()
        _ = try await store.removeEvent(id: "e4")
        try store.close()
        let queue = try DatabaseQueue(path: fixture.path, configuration: .withoutForeignKeys)
        func problems() throws -> [String] {
            var found = StoreVerification()
            try found.checkNames(in: queue, partLength: 7)
            return found.problems
        }
        #expect(try problems() == [])
        try await queue.write { db in
            try db.execute(
                sql: """
                    UPDATE events SET user = 99 WHERE sequence IN (1, 250, 251, 500);
                    UPDATE events SET type = 98 WHERE sequence = 250;
                    """)
        }
        #expect(
            try problems() == [
                "1 events name a type that is missing", "4 events name a user that is missing",
            ])
        #expect(try StoreVerification.run(on: fixture.path).problems == problems())
        try queue.close()
    }

    @Test(arguments: [
        ("UPDATE checkpoint_parts SET bytes = zeroblob(100000)", "version 1 of vae is damaged"),
        (
            "UPDATE counters SET value = 7 WHERE name = 'events'",
            "500 events are there, but 7 were counted"
        ),
        ("UPDATE sqlite_sequence SET seq = 9 WHERE name = 'events'", "event 500 is there"),
        ("DELETE FROM items", "rows name others that are missing"),
    ])
    func findsAndRefusesWhatIsDamaged(sql: String, problem: String) async throws {
        let store = try await filled()
        _ = try await store.backUp(to: copy)
        try store.close()
        let queue = try DatabaseQueue(path: copy, configuration: .withoutForeignKeys)
        try await queue.write { try $0.execute(sql: sql) }
        try queue.close()
        let problems = try StoreVerification.run(on: copy).problems
        #expect(problems.contains { $0.contains(problem) }, "\(problems)")
        #expect(throws: StoreRefusal.self) {
            try StoreRestore.run(from: copy, to: fixture.path + ".new", aside: nil)
        }
    }
}

/// Set by one task, watched by another.
private final class Flag: Sendable {
    private let value = Mutex(false)

    var isSet: Bool { value.withLock { $0 } }

    func set() { value.withLock { $0 = true } }
}

extension Configuration {
    fileprivate static var withoutForeignKeys: Configuration {
        var configuration = Configuration()
        configuration.foreignKeysEnabled = false
        return configuration
    }
}
