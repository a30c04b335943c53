import Events
import Foundation
import Store
import Support

/// A store in a folder of its own, with a clock that stands still; gone with the last reference.
package final class TemporaryStore: Sendable {
    /// 2026-01-01T00:00:00Z.
    package static let start = Timestamp(milliseconds: 1_767_225_600_000)

    package let store: Store
    package let clock: ManualWallClock
    package let options: StoreOptions
    private let folder: URL

    package init(
        meanings: EventMeanings = EventMeanings(), change: (inout StoreOptions) -> Void = { _ in }
    ) throws {
        folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("starling-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        clock = ManualWallClock(Self.start)
        var options = StoreOptions(
            path: folder.appendingPathComponent("test.sqlite").path, cacheMebibytes: 1)
        change(&options)
        self.options = options
        store = try Store.open(options, meanings: meanings, clock: clock)
    }

    package var path: String { options.path }

    /// A file beside the database.
    package func file(_ name: String) -> URL { folder.appendingPathComponent(name) }

    deinit {
        try? store.close()
        try? FileManager.default.removeItem(at: folder)
    }
}

extension Store {
    /// Appends `user type item` events, a second apart from the given time on.
    @discardableResult
    package func append(
        _ events: [(user: String, type: String, item: String)],
        from time: Timestamp = TemporaryStore.start
    ) async throws -> AppendOutcome {
        try await append(
            events.enumerated().map { index, event in
                Event(
                    type: event.type, user: UserID(stored: event.user),
                    item: ItemID(stored: event.item), time: time + .seconds(index))
            })
    }
}
