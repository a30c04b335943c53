import Store
import Support
import Synchronization

/// Every item's id and whether it may be shown, in memory.
///
/// Reads: event loops, through a snapshot or `key(of:)`. Writes: the store's writer thread, before
/// the change is acknowledged.
package final class ItemDirectory: Sendable {
    /// The directory at one moment, indexed by `ItemKey`.
    package struct Snapshot: Sendable {
        private(set) var ids: [ItemID?] = []
        private(set) var isAvailable: [Bool] = []
        /// Milliseconds since 1970, for the newest items.
        private(set) var createdAt: [Double] = []

        /// One more than the highest key.
        var keyCount: Int { ids.count }

        fileprivate mutating func put(_ entry: ItemDirectoryEntry) {
            let row = Int(entry.key.rawValue)
            let missing = row + 1 - ids.count
            if missing > 0 {
                ids += repeatElement(nil, count: missing)
                isAvailable += repeatElement(false, count: missing)
                createdAt += repeatElement(0, count: missing)
            }
            ids[row] = entry.isDeleted ? nil : entry.id
            isAvailable[row] = entry.isAvailable
            createdAt[row] = Double(entry.createdAt.milliseconds)
        }

        package func id(of key: ItemKey) -> ItemID? {
            let row = Int(key.rawValue)
            return row < ids.count ? ids[row] : nil
        }

        package func isAvailable(_ key: ItemKey) -> Bool {
            let row = Int(key.rawValue)
            return row < isAvailable.count && isAvailable[row]
        }
    }

    private struct State {
        var snapshot = Snapshot()
        var keys: [ItemID: ItemKey] = [:]
    }

    private let state = Mutex(State())

    package init() {}

    package func snapshot() -> Snapshot {
        state.withLock { $0.snapshot }
    }

    package func key(of id: ItemID) -> ItemKey? {
        state.withLock { $0.keys[id] }
    }

    package func keys(of ids: some Sequence<ItemID>) -> [ItemKey?] {
        state.withLock { state in ids.map { state.keys[$0] } }
    }

    package var count: Int {
        state.withLock { $0.keys.count }
    }

    /// Takes in how items are now: new, changed or deleted.
    package func put(_ entries: [ItemDirectoryEntry]) {
        state.withLock { state in
            for entry in entries {
                state.snapshot.put(entry)
                state.keys[entry.id] = entry.isDeleted ? nil : entry.key
            }
        }
    }
}
