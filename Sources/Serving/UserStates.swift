import Events
import Recommenders
import Store
import Support
import Synchronization

/// The states of the users who were active lately, within a bound of bytes.
///
/// Reads: event loops, through `cached`; pool tasks, through `state`. Writes: the store's writer
/// thread, through `apply` and `forget`, before a change is acknowledged; event loops and pool tasks,
/// through `keep`, what a model made of a state, if that is still the user's. Each shard has a lock
/// of its own.
package final class UserStates: Sendable {
    private struct Shard {
        var states: LRUCache<UserID, UserState>
        /// Users being read from the store, with what was committed since the read began. A load
        /// that isn't here any more came too late: its user was forgotten meanwhile.
        var loads: [UserID: Load] = [:]
        var loadCount = 0
    }

    /// One read of the store, or several of the same user that began while nothing was forgotten.
    private struct Load {
        let number: Int
        var readers = 1
        var arrived: [StoredEvent] = []
    }

    /// Reads a user's newest events, at most the given number; nil for an unknown user.
    package typealias Reader = @Sendable (UserID, Int) async throws -> UserHistory?

    /// What an entry takes beside its state: id, node, dictionary and the array's head, roughly.
    private static let entryCost = 400
    private static let shardCount = 16

    private let shards: [ShardBox]
    private let historyLimit: Int
    private let read: Reader

    private final class ShardBox: Sendable {
        let shard: Mutex<Shard>

        init(capacity: Int) {
            shard = Mutex(Shard(states: LRUCache(capacity: capacity)))
        }
    }

    /// - Parameters:
    ///   - byteCapacity: What all states together may take. At least one of the longest history is
    ///     held in each of the sixteen shards.
    ///   - historyLimit: How many of one user's newest events are held.
    package init(byteCapacity: Int, historyLimit: Int, read: @escaping Reader) {
        let longest = historyLimit * MemoryLayout<Interaction<ItemKey>>.stride
        let capacity = max(byteCapacity / Self.shardCount, longest + Self.entryCost)
        shards = (0..<Self.shardCount).map { _ in ShardBox(capacity: capacity) }
        self.historyLimit = historyLimit
        self.read = read
    }

    /// The user's state if it is in memory. Never waits for the store.
    package func cached(_ user: UserID) -> UserState? {
        box(of: user).shard.withLock { $0.states.value(for: user) }
    }

    /// The user's state, read from the store where it isn't in memory.
    package func state(of user: UserID) async throws -> UserState {
        while true {
            if let state = cached(user) { return state }
            let load = beginLoad(user)
            let history: UserHistory?
            do {
                history = try await read(user, historyLimit)
            } catch {
                _ = finishLoad(load, of: user, with: nil)
                throw error
            }
            let loaded = history.map {
                UserState(
                    user: $0.user, interactions: $0.interactions, watermark: $0.lastSequence,
                    attributes: $0.attributes, attributeBytes: $0.attributeBytes)
            }
            if let state = finishLoad(load, of: user, with: loaded ?? .unknown) { return state }
        }
    }

    /// Takes committed events in. Called before they are acknowledged.
    package func apply(_ events: [StoredEvent]) {
        for event in events {
            box(of: event.userID).shard.withLock { shard in
                shard.loads[event.userID]?.arrived.append(event)
                shard.states.update(event.userID) { state in
                    state.apply(event, limit: historyLimit)
                    return state.cost + Self.entryCost
                }
            }
        }
    }

    /// Keeps what a model made of a user's state, unless the state has changed since, or would
    /// itself no longer fit.
    func keep(
        _ encoding: HistoryEncoding, by model: ServedModel, at now: Timestamp,
        of state: UserState, for user: UserID
    ) {
        box(of: user).shard.withLock { shard in
            let capacity = shard.states.capacity
            shard.states.update(user) { current in
                if current.revision == state.revision {
                    var changed = current
                    changed.keep(encoding, by: model, at: now)
                    if changed.cost + Self.entryCost <= capacity { current = changed }
                }
                return current.cost + Self.entryCost
            }
        }
    }

    /// Forgets a user whose events were taken back or erased, or whose attributes changed: the
    /// next request reads them anew.
    package func forget(_ user: UserID) {
        box(of: user).shard.withLock { shard in
            shard.states.remove(user)
            shard.loads[user] = nil
        }
    }

    /// Users in memory.
    package var count: Int {
        shards.reduce(0) { sum, box in sum + box.shard.withLock { $0.states.count } }
    }

    /// What they take, and how many had to go for others since the start.
    package var memory: (bytes: Int, evictions: Int) {
        shards.reduce((0, 0)) { sum, box in
            box.shard.withLock {
                (sum.0 + $0.states.cost, sum.1 + $0.states.evictionCount)
            }
        }
    }

    /// - Returns: The number of the load.
    private func beginLoad(_ user: UserID) -> Int {
        box(of: user).shard.withLock { shard in
            if let load = shard.loads[user] {
                shard.loads[user]?.readers += 1
                return load.number
            }
            shard.loadCount += 1
            shard.loads[user] = Load(number: shard.loadCount)
            return shard.loadCount
        }
    }

    /// Stores what was read, with what was committed meanwhile. Nil where there is nothing, or
    /// where the read came too late and must be done again.
    private func finishLoad(_ number: Int, of user: UserID, with read: UserState?) -> UserState? {
        box(of: user).shard.withLock { shard in
            guard let load = shard.loads[user], load.number == number else { return nil }
            if load.readers == 1 {
                shard.loads[user] = nil
            } else {
                shard.loads[user]?.readers -= 1
            }
            guard var state = read else { return nil }
            for event in load.arrived { state.apply(event, limit: historyLimit) }
            shard.states.insert(state, for: user, cost: state.cost + Self.entryCost)
            return state
        }
    }

    private func box(of user: UserID) -> ShardBox {
        shards[Int(UInt(bitPattern: user.hashValue) % UInt(Self.shardCount))]
    }
}
