import DiskFaultControl
import Events
import Foundation
import Store
import Support

/// Every kind of write once, while the preloaded disk fails as its control file says. A step that
/// fails is tried once more; where the disk would go on failing, it gets well before.
///
///     StoreCrashChild faults DATABASE CONTROL live|die
///
/// Says `ok STEP`, `failed STEP: FAULT`, and at the end `done FAILED-OPERATIONS`; `die` ends the
/// process with the first step that fails.
final class FaultRun {
    private struct Surprise: Error, CustomStringConvertible {
        let description: String
    }

    private let database: String
    private let control: DiskFaultControl
    private let dies: Bool
    private let readsFail: Bool
    private var opened: Store?
    /// Acknowledged and not erased.
    private var events = 0

    init(_ arguments: [String]) throws {
        database = arguments[0]
        control = DiskFaultControl(at: arguments[1])
        dies = arguments[2] == "die"
        readsFail = arguments.count > 3 && arguments[3] == "reads-fail"
    }

    private var store: Store {
        get throws {
            guard let opened else { throw Surprise(description: "the store is closed") }
            return opened
        }
    }

    func run() async throws {
        var options = StoreOptions(
            path: database, cacheMebibytes: 0, walCheckpointPages: 60)
        options.recentEvents.least = 30
        options.recentEvents.mergedAtOnce = 1
        try await attempt("open") {
            self.opened = try Store.open(
                options, meanings: EventMeanings(), clock: SystemWallClock())
        }
        try await attempt("items") {
            let items = (0..<3).map { Item(id: ItemID(stored: "i\($0)"), title: "title") }
            _ = try await self.store.putItems(items)
        }
        try await append("single", 1)
        try await append("batch", 40)
        try await attempt("erase") {
            guard try await self.store.deleteUser(UserID(stored: "u3")) != nil else {
                throw Surprise(description: "the user was gone before")
            }
        }
        events -= 5
        try await attempt("take-back") {
            guard try await self.store.removeEvent(id: "single-0") != nil else {
                throw Surprise(description: "the event was gone before")
            }
        }
        events -= 1
        try await checkpoint()
        for number in 0..<3 { try await append("more\(number)", 30) }
        try await attempt("backup") {
            _ = try await self.store.backUp(to: self.database + ".copy")
        }
        try await append("last", 1)
        let last = try store
        opened = nil
        try await attempt("close", tries: 1) { try last.close() }
        say("done \(try control.failed)")
    }

    private func append(_ name: String, _ count: Int) async throws {
        try await attempt("\(name) \(count)") {
            let events = (0..<count).map { number in
                Event(
                    id: "\(name)-\(number)", type: "like", user: UserID(stored: "u\(number % 8)"),
                    item: ItemID(stored: "\(name)-i\(number % 5)"))
            }
            for verdict in try await self.store.append(events).verdicts {
                guard case .accepted = verdict else {
                    throw Surprise(description: "what had failed was stored: \(verdict)")
                }
            }
        }
        events += count
    }

    private func checkpoint() async throws {
        let bytes = [UInt8](repeating: 7, count: 20_000)
        var id: CheckpointID?
        try await attempt("checkpoint") {
            id = try await self.store.beginCheckpoint(model: "ease", watermark: EventSequence(1)).id
        }
        guard let id else { throw Surprise(description: "no checkpoint began") }
        try await attempt("part") { try await self.store.appendCheckpointPart(id, bytes) }
        try await attempt("finish") {
            _ = try await self.store.finishCheckpoint(
                id, checksum: CheckpointChecksum.sha256(of: bytes), byteCount: bytes.count)
        }
    }

    private func attempt(
        _ step: String, tries: Int = 2, _ body: @escaping () async throws -> Void
    ) async throws {
        for number in 1...tries {
            do {
                try await body()
                say("ok \(step)")
                return
            } catch {
                guard let fault = StorageFault(error) else { throw error }
                say("failed \(step): \(fault)")
                if dies { _exit(0) }
                try await checkReads()
                if try control.repeats { try control.relent() }
                if number == 2 { throw error }
            }
        }
    }

    /// While nothing can be written, everything can be read.
    private func checkReads() async throws {
        guard !readsFail, let store = opened else { return }
        let found = try await store.reader.statistics().events
        guard found == events else {
            throw Surprise(description: "\(found) events are seen, not \(events)")
        }
    }
}
