import Events
import Foundation
import GRDB
import Support
import Testing

@testable import Store

/// A WAL that ends too early, or in garbage: what is left is what was committed up to a moment, each
/// transaction whole (https://www.sqlite.org/fileformat2.html#walformat).
struct CutWALTests {
    private static let headerBytes = 32
    private static let frameBytes = 24 + 4096

    /// A database whose last transactions are in the WAL: its files, and where each commit ended.
    private struct Written {
        var database: Data
        var wal: Data
        /// The WAL's frames after each commit, and the events by then.
        var commits: [(frames: Int, events: Int)]
    }

    private func write() async throws -> Written {
        let fixture = try StoreFixture()
        try fixture.open().close()
        let store = try fixture.open()
        var commits: [(frames: Int, events: Int)] = [(0, 0)]
        for batch in 0..<12 {
            let start = commits.last?.events ?? 0
            let count = 1 + batch * batch % 17
            _ = try await store.append(
                (start..<start + count).map { event("e\($0)", user: "u\($0 % 7)", at: Int64($0)) })
            // The writer's own turn may have committed between: then the events are the same.
            commits.append((try Self.committedFrames(fixture.path), start + count))
        }
        let files = FileManager.default
        let database = try #require(files.contents(atPath: fixture.path))
        let wal = try #require(files.contents(atPath: fixture.path + "-wal"))
        try store.close()
        return Written(database: database, wal: wal, commits: commits)
    }

    private static func committedFrames(_ path: String) throws -> Int {
        let wal = try #require(FileManager.default.contents(atPath: path + "-wal"))
        return (wal.count - headerBytes) / frameBytes
    }

    /// Opens the database with this WAL, and expects the events of the last commit within so many
    /// whole frames.
    private func check(_ written: Written, wal: Data, frames: Int, _ place: Comment) async throws {
        let fixture = try StoreFixture(inMemory: true)
        try written.database.write(to: URL(fileURLWithPath: fixture.path))
        try wal.write(to: URL(fileURLWithPath: fixture.path + "-wal"))
        let store = try fixture.open()
        let wanted = written.commits.last { $0.frames <= frames }?.events ?? 0
        let ids = try await store.reader.read { try $0.db.eventIDs() }
        #expect(Set(ids) == Set((0..<wanted).map { "e\($0)" }), place)
        #expect(ids.count == wanted, place)
        // It goes on from there: what was cut off is new again.
        let next = try await store.append([event("e\(wanted)", user: "u", at: Int64(wanted))])
        #expect(next.sequences.count == 1, place)
        try store.close()
        #expect(try StoreVerification.run(on: fixture.path).problems == [], place)
    }

    @Test func aCutAtEachFrameLeavesWholeTransactions() async throws {
        let written = try await write()
        let frames = (written.wal.count - Self.headerBytes) / Self.frameBytes
        #expect(frames > 40)
        for frame in 0...frames {
            let end = Self.headerBytes + frame * Self.frameBytes
            try await check(
                written, wal: written.wal.prefix(end), frames: frame, "cut at frame \(frame)")
        }
    }

    @Test func aCutAtAnyByteLeavesWholeTransactions() async throws {
        let written = try await write()
        var random = RandomSource(seed: 5)
        for _ in 0..<100 {
            let end = Int.random(in: 0..<written.wal.count, using: &random)
            let frames = max(0, end - Self.headerBytes) / Self.frameBytes
            try await check(written, wal: written.wal.prefix(end), frames: frames, "cut at \(end)")
        }
    }

    /// A frame that is torn or overwritten ends the log there, whatever follows.
    @Test func garbageEndsTheLogThere() async throws {
        let written = try await write()
        var random = RandomSource(seed: 6)
        for _ in 0..<100 {
            var wal = written.wal
            let start = Int.random(in: Self.headerBytes..<wal.count, using: &random)
            let end = min(wal.count, start + [1, 512, 5000].randomElement(using: &random)!)
            for place in start..<end { wal[place] ^= UInt8.random(in: 1...255, using: &random) }
            let frame = (start - Self.headerBytes) / Self.frameBytes
            try await check(written, wal: wal, frames: frame, "garbage from \(start) to \(end)")
        }
    }

    @Test func garbageBehindTheLastCommitIsNotRead() async throws {
        let written = try await write()
        var random = RandomSource(seed: 7)
        let frames = (written.wal.count - Self.headerBytes) / Self.frameBytes
        for bytes in [1, 24, 4096, 4120, 20_000] {
            let garbage = (0..<bytes).map { _ in UInt8.random(in: 0...255, using: &random) }
            try await check(
                written, wal: written.wal + garbage, frames: frames, "\(bytes) bytes more")
        }
    }
}

extension Database {
    func eventIDs() throws -> [String] {
        try String.fetchAll(self, sql: "SELECT id FROM events")
    }
}
