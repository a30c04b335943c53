import Recommenders
import Store
import Support
import Synchronization

/// Every item's id and whether it may be shown, in memory.
///
/// Reads: event loops, through a snapshot or `key(of:)`; a snapshot takes in whose time has come.
/// Writes: the store's writer thread, before the change is acknowledged.
package final class ItemDirectory: Sendable {
    /// The directory at one moment, indexed by `ItemKey`.
    package struct Snapshot: Sendable {
        private var ids = ChunkedArray<ItemID?>()
        private var isAvailable = ChunkedArray<Bool>()
        /// Milliseconds since 1970, for the newest items.
        private var createdAt = ChunkedArray<Double>()

        /// One more than the highest key.
        var keyCount: Int { ids.count }

        fileprivate mutating func put(_ entry: ItemDirectoryEntry) {
            let row = Int(entry.key.rawValue)
            while ids.count <= row {
                ids.append(nil)
                isAvailable.append(false)
                createdAt.append(0)
            }
            // What stays as it is isn't written, which would copy its part.
            let id = entry.isDeleted ? nil : entry.id
            if ids[row] != id { ids[row] = id }
            setAvailable(entry.key, entry.isAvailable)
            let time = Double(entry.createdAt.milliseconds)
            if createdAt[row] != time { createdAt[row] = time }
        }

        fileprivate mutating func setAvailable(_ key: ItemKey, _ value: Bool) {
            let row = Int(key.rawValue)
            if isAvailable[row] != value { isAvailable[row] = value }
        }

        package func id(of key: ItemKey) -> ItemID? {
            let row = Int(key.rawValue)
            return row < ids.count ? ids[row] : nil
        }

        package func isAvailable(_ key: ItemKey) -> Bool {
            let row = Int(key.rawValue)
            return row < isAvailable.count && isAvailable[row]
        }

        /// The `k` that were created last, the newest first.
        func newest(_ k: Int, isHidden: (ItemKey) -> Bool) -> [ItemKey] {
            var best: [(row: Int, score: Double)] = []
            for (number, chunk) in createdAt.chunks.enumerated() {
                let start = number * ChunkedArray<Double>.chunkLength
                let own = chunk.withUnsafeBufferPointer { times in
                    topK(times, k: k) { isHidden(ItemKey(Int32(start + $0))) }
                }
                best += own.map { (start + $0.row, $0.score) }
                best.sort { ($1.score, $0.row) < ($0.score, $1.row) }
                best = Array(best.prefix(k))
            }
            return best.map { ItemKey(Int32($0.row)) }
        }
    }

    private struct State {
        var snapshot = Snapshot()
        var keys: [ItemID: ItemKey] = [:]
        var windows = AvailabilityWindows()
    }

    private let state = Mutex(State())

    package init() {}

    /// The directory as it is at a moment. Of two moments within a second the later one counts,
    /// whoever asks last; one further back is that of a clock that was set back, and counts.
    package func snapshot(at now: Timestamp) -> Snapshot {
        state.withLock { state in
            if state.windows.areDue(at: now) {
                for (item, isAvailable) in state.windows.due(at: now) {
                    state.snapshot.setAvailable(item, isAvailable)
                }
            }
            return state.snapshot
        }
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
                state.windows.put(entry)
                state.keys[entry.id] = entry.isDeleted ? nil : entry.key
            }
        }
    }
}
