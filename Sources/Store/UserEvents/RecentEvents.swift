import Support
import Synchronization

/// The newest events by user, in memory: all that the table `user_events` may not have yet.
///
/// Written by the writer's thread, before each commit; read by the readers' threads. So a reader meets
/// here whatever its transaction sees, and more: it looks each number up in `events`, and passes over
/// those that aren't there, yet or any more.
final class RecentEvents: Sendable {
    struct Entry: Sendable, Equatable {
        let user: UserKey
        let time: Timestamp
        let sequence: EventSequence
    }

    /// Events in the order of their coming, each with the place of its user's last one before it.
    struct Generation: Sendable {
        private(set) var entries: [Entry] = []
        private var previous: [Int32] = []
        private var newest: [UserKey: Int32] = [:]

        var users: Dictionary<UserKey, Int32>.Keys { newest.keys }

        mutating func append(_ entry: Entry) {
            let place = Int32(entries.count)
            previous.append(newest.updateValue(place, forKey: entry.user) ?? -1)
            entries.append(entry)
        }

        /// Takes back all but the first `count`.
        mutating func truncate(to count: Int) {
            while entries.count > count, let entry = entries.popLast(),
                let before = previous.popLast()
            {
                newest[entry.user] = before < 0 ? nil : before
            }
        }

        /// The user's, newest first.
        func events(of user: UserKey) -> [Entry] {
            var found: [Entry] = []
            var place = newest[user] ?? -1
            while place >= 0 {
                found.append(entries[Int(place)])
                place = previous[Int(place)]
            }
            return found
        }
    }

    private struct State {
        /// Every later event is here.
        var start = EventSequence(.max)
        /// On its way into the table.
        var older: Generation?
        var younger = Generation()
    }

    private let state = Mutex(State())

    /// Of the younger generation.
    var count: Int { state.withLock { $0.younger.entries.count } }

    /// The last one of the younger generation.
    var end: EventSequence? { state.withLock { $0.younger.entries.last?.sequence } }

    /// What is on its way into the table.
    var older: Generation? { state.withLock { $0.older } }

    /// The user's events, newest first, and the number after which all are here.
    func events(of user: UserKey) -> (entries: [Entry], start: EventSequence) {
        state.withLock { state in
            let older = state.older?.events(of: user) ?? []
            return (state.younger.events(of: user) + older, state.start)
        }
    }

    // MARK: - For the writer

    func load(_ older: Generation, _ younger: Generation, after start: EventSequence) {
        let merging = older.entries.isEmpty ? nil : older
        state.withLock { $0 = State(start: start, older: merging, younger: younger) }
    }

    func append(_ entries: some Sequence<Entry>) {
        state.withLock { state in
            for entry in entries { state.younger.append(entry) }
        }
    }

    /// Takes back what came after so many of the younger generation.
    func truncate(to count: Int) { state.withLock { $0.younger.truncate(to: count) } }

    /// Begins a generation. What was the younger one is the older now, and given back.
    ///
    /// - Precondition: There is no older one.
    func split() -> Generation {
        state.withLock { state in
            precondition(state.older == nil, "two generations are on their way into the table")
            let older = state.younger
            state.older = older
            state.younger = Generation()
            return older
        }
    }

    /// Forgets the older generation: the table has it.
    func dropOlder(through end: EventSequence) {
        state.withLock { state in
            state.older = nil
            state.start = end
        }
    }
}
