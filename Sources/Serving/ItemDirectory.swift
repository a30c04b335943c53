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
        fileprivate(set) var ids: [ItemID?] = []
        fileprivate(set) var isAvailable: [Bool] = []

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

    /// Adds items or changes what is known of them.
    package func put(_ entries: [ItemDirectoryEntry]) {
        state.withLock { state in
            for entry in entries {
                let row = Int(entry.key.rawValue)
                let missing = row + 1 - state.snapshot.ids.count
                if missing > 0 {
                    state.snapshot.ids += repeatElement(nil, count: missing)
                    state.snapshot.isAvailable += repeatElement(false, count: missing)
                }
                state.snapshot.ids[row] = entry.id
                state.snapshot.isAvailable[row] = entry.isAvailable
                state.keys[entry.id] = entry.key
            }
        }
    }

    /// Takes a deleted item out.
    package func remove(_ id: ItemID) {
        state.withLock { state in
            guard let key = state.keys.removeValue(forKey: id) else { return }
            state.snapshot.ids[Int(key.rawValue)] = nil
            state.snapshot.isAvailable[Int(key.rawValue)] = false
        }
    }
}
