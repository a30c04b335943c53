import Events
import Foundation
import Store
import Support

/// A database of its own in a folder of its own, which goes with the test.
final class StoreFixture {
    let folder: URL
    let path: String
    let clock = ManualWallClock(Timestamp(milliseconds: 1_700_000_000_000))

    /// With `inMemory`, where the system has a file system in memory: many short runs, whose syncs
    /// needn't wait for a disk.
    init(inMemory: Bool = false) throws {
        let memory = "/dev/shm"
        let parent =
            inMemory && FileManager.default.isWritableFile(atPath: memory)
            ? URL(filePath: memory) : FileManager.default.temporaryDirectory
        folder = parent.appending(path: "starling-store-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        path = folder.appending(path: "test.sqlite").path
    }

    deinit {
        try? FileManager.default.removeItem(at: folder)  // A leftover in /tmp fails no test.
    }

    func options() -> StoreOptions { StoreOptions(path: path) }

    func open(
        _ options: StoreOptions? = nil, meanings: EventMeanings = EventMeanings(),
        tell: @escaping (OpeningProgress) -> Void = { _ in }
    ) throws -> Store {
        try Store.open(options ?? self.options(), meanings: meanings, clock: clock, tell: tell)
    }

    var fileNames: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() }
    }
}

extension Store {
    /// The verdicts of a dry run of one part.
    func judge(_ events: [Event]) async throws -> AppendOutcome {
        var dryRun = DryRun()
        return try await dryRun.judge(events, by: self)
    }
}

/// An event with what a test leaves out filled in.
func event(
    _ id: String? = nil, _ type: String = "view", user: String = "u1", item: String = "i1",
    value: Double? = nil, at seconds: Int64? = nil
) -> Event {
    Event(
        id: id, type: type, user: UserID(stored: user), item: ItemID(stored: item), value: value,
        time: seconds.map { Timestamp(milliseconds: 1_600_000_000_000 + $0 * 1000) })
}

extension AppendOutcome {
    /// The numbers of the accepted events.
    var sequences: [Int64] {
        verdicts.compactMap { verdict in
            if case .accepted(let stored) = verdict { stored.sequence.rawValue } else { nil }
        }
    }
}
