import Crypto
import Events
import Foundation
import GRDB
import Support
import Testing

@testable import Store

/// Checkpoints on their way in, whole, damaged and old.
struct CheckpointTests {
    private let fixture: StoreFixture
    private let store: Store

    init() throws {
        fixture = try StoreFixture()
        var options = fixture.options()
        options.keptCheckpoints = 2
        store = try fixture.open(options)
    }

    private func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0) }
    }

    /// The events that come meanwhile would have to wait for all of the WAL to be moved.
    @Test func aLargeCheckpointDoesNotFillTheWAL() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        let info = try await store.beginCheckpoint(model: "vae", watermark: EventSequence(0))
        let part = [UInt8](repeating: 1, count: 1 << 20)
        for _ in 0..<16 {
            try await store.appendCheckpointPart(info.id, part)
            _ = try await store.append([event()])
        }
        let wal = try FileManager.default.attributesOfItem(atPath: fixture.path + "-wal")
        let bytes = try #require(wal[.size] as? Int)
        #expect(bytes < 4 << 20)
        try store.close()
    }

    @Test func storesACheckpointInParts() async throws {
        let all = bytes(1_000_000)
        let info = try await store.beginCheckpoint(
            model: "vae", watermark: EventSequence(7), jobID: 3)
        #expect(info.version == 1 && info.state == .writing && info.jobID == 3)
        for start in stride(from: 0, to: all.count, by: 300_000) {
            try await store.appendCheckpointPart(
                info.id, Array(all[start..<min(start + 300_000, all.count)]))
        }
        await #expect(throws: StoreRefusal.checkpointNotUsable(model: "vae", version: 1)) {
            _ = try await store.reader.loadCheckpoint(model: "vae", version: 1)
        }
        let finished = try await store.finishCheckpoint(
            info.id, checksum: SHA256.hash(data: all).hexadecimal, byteCount: all.count,
            metrics: #"{"ndcg":1}"#)
        #expect(finished.state == .ready && finished.watermark == EventSequence(7))
        #expect(try await store.reader.checkpoint(model: "vae", version: 1) == finished)
        #expect(try await store.reader.loadCheckpoint(model: "vae", version: 1) == all)
        try store.close()
    }

    @Test func refusesWhatIsNotAsAnnounced() async throws {
        let info = try await store.beginCheckpoint(model: "vae", watermark: .zero)
        try await store.appendCheckpointPart(info.id, bytes(10))
        let checksum = SHA256.hash(data: bytes(10)).hexadecimal
        await #expect(throws: StoreRefusal.checkpointMismatch("byte count")) {
            _ = try await store.finishCheckpoint(info.id, checksum: checksum, byteCount: 11)
        }
        let other = SHA256.hash(data: bytes(9)).hexadecimal
        await #expect(throws: StoreRefusal.checkpointMismatch("checksum")) {
            _ = try await store.finishCheckpoint(info.id, checksum: other, byteCount: 10)
        }
        try await store.abandonCheckpoint(info.id)
        #expect(try await store.reader.checkpoints().isEmpty)
        #expect(try await store.beginCheckpoint(model: "vae", watermark: .zero).version == 2)
        #expect(try await store.beginCheckpoint(model: "gan", watermark: .zero).version == 1)
        try store.close()
    }

    @Test func removesOldVersionsAPartAtATime() async throws {
        let fixture = try StoreFixture()
        var options = fixture.options()
        options.keptCheckpoints = 1
        let store = try fixture.open(options)
        for _ in 1...2 { try await store.storeCheckpoint("vae", bytes(16 << 20), parts: 16) }
        #expect(try await store.reader.checkpoints().map(\.version) == [2])
        let parts = try await store.write("count") { connection in
            try Int.fetchOne(connection.db, sql: "SELECT count(*) FROM checkpoint_parts")
        }
        #expect(parts == 16)
        let wal = try FileManager.default.attributesOfItem(atPath: fixture.path + "-wal")
        #expect(try #require(wal[.size] as? Int) < 4 << 20)
        try store.close()
    }

    @Test func leavesACheckpointAloneThatIsOnItsWay() async throws {
        let coming = try await store.beginCheckpoint(model: "vae", watermark: .zero)
        try await store.appendCheckpointPart(coming.id, bytes(10))
        try await store.storeCheckpoint("gan", bytes(10))
        try await store.removeUnfinishedCheckpoints()
        let checksum = SHA256.hash(data: bytes(10)).hexadecimal
        _ = try await store.finishCheckpoint(coming.id, checksum: checksum, byteCount: 10)
        #expect(try await store.reader.loadCheckpoint(model: "vae", version: 1) == bytes(10))
        try store.close()
    }

    @Test func removesAnUnfinishedCheckpointOfAnEarlierRun() async throws {
        let info = try await store.beginCheckpoint(model: "vae", watermark: .zero)
        try await store.appendCheckpointPart(info.id, bytes(10))
        try store.close()
        let reopened = try fixture.open()
        #expect(try await reopened.reader.checkpoints().isEmpty)
        try await reopened.removeUnfinishedCheckpoints()
        let parts = try await reopened.write("count") { connection in
            try Int.fetchOne(connection.db, sql: "SELECT count(*) FROM checkpoint_parts")
        }
        #expect(parts == 0)
        try reopened.close()
    }

    @Test(arguments: [
        "UPDATE checkpoint_parts SET bytes = zeroblob(length(bytes)) WHERE number = 1",
        "DELETE FROM checkpoint_parts WHERE number = 1",
        "UPDATE checkpoint_parts SET number = 1 - number + 10",
    ])
    func noticesDamage(_ damage: String) async throws {
        try await store.storeCheckpoint("vae", bytes(20), parts: 2)
        try await store.write("damage") { try $0.db.execute(sql: damage) }
        let error = await #expect(throws: StoreError.self) {
            _ = try await store.reader.loadCheckpoint(model: "vae", version: 1)
        }
        #expect(error?.code == .damagedCheckpoint)
        try store.close()
    }

    @Test func keepsTheNewestAndWhatEverServed() async throws {
        for version in 1...3 {
            try await store.storeCheckpoint("vae", bytes(version))
            _ = try await store.activate(model: "vae", version: version, reason: "better")
            if version == 1 { try await store.storeCheckpoint("gan", bytes(1)) }
        }
        for version in 4...7 { try await store.storeCheckpoint("vae", bytes(version)) }
        let left = try await store.reader.checkpoints(model: "vae").map(\.version)
        #expect(left == [7, 6, 3, 2, 1])
        #expect(try await store.reader.checkpoints(model: "gan").map(\.version) == [1])
        try store.close()
    }

    @Test func keepsAsManyThatServedAsItIsTold() async throws {
        try store.close()
        var options = fixture.options()
        (options.keptCheckpoints, options.keptServedCheckpoints) = (1, 2)
        let store = try fixture.open(options)
        for version in 1...4 {
            try await store.storeCheckpoint("vae", bytes(version))
            _ = try await store.activate(model: "vae", version: version, reason: "better")
        }
        _ = try await store.rollback(model: "vae", reason: "worse")
        for version in 5...6 { try await store.storeCheckpoint("vae", bytes(version)) }
        // The newest, the two that served last, and what a rollback brings back.
        #expect(try await store.reader.checkpoints(model: "vae").map(\.version) == [6, 4, 3, 2])
        try store.close()
    }

    @Test func keepsWhatAStoredVersionIsMadeOf() async throws {
        for _ in 1...2 { try await store.storeCheckpoint("vae", bytes(1)) }
        await #expect(throws: StoreRefusal.unknownCheckpoint(model: "vae", version: 3)) {
            _ = try await store.beginCheckpoint(
                model: "blend", watermark: .zero, components: ["vae": 3])
        }
        func versions() async throws -> [Int] {
            try await store.reader.checkpoints(model: "vae").map(\.version)
        }
        try await store.storeCheckpoint("blend", bytes(1), components: ["vae": 1])
        for _ in 3...4 { try await store.storeCheckpoint("vae", bytes(1)) }
        #expect(try await versions() == [4, 3, 1])
        // Two more, and the one that rests on version 1 is gone: so is that, with the next.
        for _ in 0..<2 {
            try await store.storeCheckpoint("blend", bytes(1), components: ["vae": 4])
        }
        for _ in 5...6 { try await store.storeCheckpoint("vae", bytes(1)) }
        #expect(try await versions() == [6, 5, 4])
        try store.close()
    }

    @Test func rollsBackStepByStep() async throws {
        for version in 1...3 {
            try await store.storeCheckpoint("vae", bytes(version))
            _ = try await store.activate(model: "vae", version: version, reason: "better")
        }
        #expect(try await store.reader.deployments().map(\.version) == [3])
        #expect(try await store.rollback(model: "vae", reason: "worse").version == 2)
        #expect(try await store.reader.deployment(of: "vae")?.rollbackVersion == 1)
        #expect(try await store.activate(model: "vae", version: 2, reason: "again").version == 2)
        let history = try await store.reader.read {
            try $0.deploymentHistory(of: "vae", limit: 10)
        }
        #expect(history.map(\.version) == [2, 3, 2, 1])
        try store.close()
    }

    @Test func refusesToRollBackWithoutAPredecessor() async throws {
        await #expect(throws: StoreRefusal.noPreviousVersion(model: "vae")) {
            _ = try await store.rollback(model: "vae", reason: "x")
        }
        try await store.storeCheckpoint("vae", bytes(1))
        _ = try await store.activate(model: "vae", version: 1, reason: "first")
        await #expect(throws: StoreRefusal.noPreviousVersion(model: "vae")) {
            _ = try await store.rollback(model: "vae", reason: "x")
        }
        try store.close()
    }

    @Test func activatesOnlyWhatCanServe() async throws {
        await #expect(throws: StoreRefusal.unknownCheckpoint(model: "vae", version: 1)) {
            _ = try await store.activate(model: "vae", version: 1, reason: "x")
        }
        try await store.storeCheckpoint("vae", bytes(1))
        try await store.setCheckpointState(model: "vae", version: 1, .broken, reason: "shape")
        await #expect(throws: StoreRefusal.checkpointNotUsable(model: "vae", version: 1)) {
            _ = try await store.activate(model: "vae", version: 1, reason: "x")
        }
        try await store.setCheckpointState(model: "vae", version: 1, .rejected, reason: "worse")
        _ = try await store.activate(model: "vae", version: 1, reason: "by hand")
        let info = try await store.reader.checkpoint(model: "vae", version: 1)
        #expect(info?.state == .ready && info?.reason == "by hand")
        try store.close()
    }
}

extension Store {
    /// A whole checkpoint in one call.
    fileprivate func storeCheckpoint(
        _ model: String, _ bytes: [UInt8], parts: Int = 1, components: [String: Int] = [:]
    ) async throws {
        let info = try await beginCheckpoint(
            model: model, watermark: .zero, components: components)
        let size = bytes.count / parts
        for part in 0..<parts {
            try await appendCheckpointPart(info.id, Array(bytes[part * size..<(part + 1) * size]))
        }
        _ = try await finishCheckpoint(
            info.id, checksum: SHA256.hash(data: bytes).hexadecimal, byteCount: bytes.count)
    }
}
