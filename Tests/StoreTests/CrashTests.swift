import DiskFaultControl
import Events
import Foundation
import GRDB
import Support
import Testing

@testable import Store

/// Acknowledged means durable: a child that appends is killed in the middle, the file is opened
/// again, and what the child said is compared with it id by id.
@Suite(.serialized)
struct CrashTests {
    /// How often each id is in the log, and whether the file is sound.
    private func storedIDs(_ fixture: StoreFixture) async throws -> [String: Int] {
        let store = try fixture.open()
        let (ids, check, counted) = try await store.reader.read { snapshot in
            (
                try String.fetchAll(snapshot.db, sql: "SELECT id FROM events"),
                try String.fetchAll(snapshot.db, sql: "PRAGMA integrity_check"),
                try snapshot.statistics().events
            )
        }
        #expect(check == ["ok"])
        #expect(counted == ids.count)
        try store.close()
        #expect(try StoreVerification.run(on: fixture.path).problems == [])
        return Dictionary(ids.map { ($0, 1) }, uniquingKeysWith: +)
    }

    @Test func keepsWhatWasAcknowledgedBeforeEachKill() async throws {
        let fixture = try StoreFixture()
        var random = RandomSource(seed: 7)
        var acknowledged: [String] = []
        for round in 0..<6 {
            var child = try CrashChild([fixture.path, "r\(round)", "full"])
            child.read(lines: Int.random(in: 1...600, using: &random))
            child.kill()
            #expect(!child.lines.isEmpty)
            acknowledged += child.lines
            let stored = try await storedIDs(fixture)
            #expect(acknowledged.filter { stored[$0] != 1 } == [])
            #expect(stored.values.allSatisfy { $0 == 1 })
        }
    }

    /// Sends everything that a killed child may have sent again: nothing is stored twice.
    @Test func storesARepeatAfterAKillOnce() async throws {
        let fixture = try StoreFixture()
        for _ in 0..<3 {
            var child = try CrashChild([fixture.path, "same", "full"])
            child.read(lines: 200)
            child.kill()
        }
        let stored = try await storedIDs(fixture)
        #expect(stored.count >= 200)
        #expect(stored.values.allSatisfy { $0 == 1 })
    }

    /// Kills the child on a disk that forgets what was not synced, and gives back which of the
    /// acknowledged events are gone: after all of it was lost, and with seeds, after some of it was.
    private func lostOnPowerFailure(
        _ synchronous: String, seeds: Range<UInt64> = 0..<0, failingSyncs: Bool = false
    ) async throws -> [String] {
        let fixture = try StoreFixture()
        try fixture.open().close()
        let control = try DiskFaultControl(creating: fixture.path + "-control")
        var child = try CrashChild(
            [fixture.path, "p", synchronous], losingWrites: fixture.path,
            failing: (control, fixture.folder.path))
        for number in 1...3 {
            child.read(lines: 1000 * number)
            guard failingSyncs else { continue }
            try control.fail(.sync, error: EIO, number: 1 + number, repeats: false)
        }
        if failingSyncs { child.read(lines: 4000) }
        child.kill()
        #expect(child.lines.count >= 3000)
        #expect(try control.failed == (failingSyncs ? 1 : 0))
        let cut = try PowerCut(of: fixture.path)
        var lost: [String] = []
        for seed in [nil] + seeds.map(Optional.some) {
            try cut.leave(seed.map { RandomSource(seed: $0) })
            let stored = try await storedIDs(fixture)
            lost += child.lines.filter { stored[$0] == nil }
        }
        return lost
    }

    /// A disk need not lose everything: any of the sectors that were on their way may have arrived.
    @Test func acknowledgedEventsSurviveAPowerFailureThatLosesSomeOfTheRest() async throws {
        #expect(try await lostOnPowerFailure("full", seeds: 0..<20) == [])
    }

    /// A sync that has failed leaves pages that count as clean and are not on the disk: the next sync
    /// must not be believed for what was written before.
    @Test func acknowledgedEventsSurviveAPowerFailureAfterSyncsThatFailed() async throws {
        #expect(try await lostOnPowerFailure("full", seeds: 0..<5, failingSyncs: true) == [])
    }

    @Test func acknowledgedEventsSurviveAPowerFailure() async throws {
        #expect(try await lostOnPowerFailure("full") == [])
    }

    /// The same without syncs must lose something, or the test above proves nothing.
    @Test func withoutSyncsTheSamePowerFailureLosesEvents() async throws {
        #expect(try await !lostOnPowerFailure("off").isEmpty)
    }

    @Test func aFullDiskLosesNothingAndTheStoreLivesOn() async throws {
        let fixture = try StoreFixture()
        try fixture.open().close()
        var child = try CrashChild([fixture.path, "d", "full", "400000"])
        child.read(lines: .max)
        child.kill()
        #expect(child.lines.contains("full"))
        #expect(child.lines.last == "lives on")
        let acknowledged = child.lines.filter { $0.hasPrefix("d-") }
        #expect(acknowledged.contains("d-1-9"))
        let stored = try await storedIDs(fixture)
        #expect(acknowledged.filter { stored[$0] != 1 } == [])
        #expect(stored.count == acknowledged.count)
    }

    @Test func aDatabaseAtItsSizeLimitRefusesAndLivesOn() async throws {
        let fixture = try StoreFixture()
        var options = fixture.options()
        options.maximumPages = 100
        let store = try fixture.open(options)
        var accepted = 0
        let error = await #expect(throws: StoreError.self) {
            while true {
                let start = accepted
                let batch = (start..<start + 100).map { event("e\($0)", user: "u\($0 % 5)") }
                accepted += try await store.append(batch).sequences.count
            }
        }
        #expect(error?.code == .sqlite(ResultCode.SQLITE_FULL.rawValue))
        #expect(accepted > 0)
        #expect(try await store.reader.statistics().events == accepted)
        for user in 0..<5 { _ = try await store.deleteUser(UserID(stored: "u\(user)")) }
        #expect(try await store.append([event("later")]).sequences.count == 1)
        try store.close()
    }
}
