import Support
import Synchronization

/// Where the answers meet the store: what was recommended waits here until the writer's thread has
/// time for it, at most about a second. Never waits itself; an answer more than fits isn't logged,
/// but counted. A crash loses what waits.
///
/// Writes: any event loop or pool task, through `offer`. Takes: the store's writer thread.
package final class RecommendationLog: Sendable {
    /// How the log is doing.
    package struct Counts: Sendable, Equatable {
        /// Not yet in the file.
        package var waiting = 0
        /// Not logged, because too many were waiting, or because the log has an answer with the same
        /// number: of a time that the clock was set back to, or before a restart.
        package var dropped = 0
        /// Transactions that failed; their answers wait on.
        package var failedWrites = 0
    }

    private struct State {
        var buffer = AnswerBuffer()
        /// Taken by the writer and not yet in the file.
        var taken = 0
        var dropped = 0
        var failedWrites = 0
    }

    package let options: RecommendationLogOptions
    private let state = Mutex(State())

    init(_ options: RecommendationLogOptions) {
        self.options = options
    }

    package func offer(
        _ id: AnswerID, user: UserKey?, source: AnswerSource, items: [ItemKey]
    ) {
        guard includes(id) else { return }
        state.withLock { state in
            guard state.buffer.entries.count + state.taken < options.queueCapacity else {
                state.dropped += 1
                return
            }
            state.buffer.append(id, user: user, source: source, items: items)
        }
    }

    /// Whether the answer belongs to the sample: its id alone says so, on the way out and when an
    /// event comes back with it.
    package func includes(_ id: AnswerID) -> Bool {
        options.samplingRate >= 1 || Double(id.nonce) * 0x1p-64 < options.samplingRate
    }

    package var counts: Counts {
        state.withLock {
            Counts(
                waiting: $0.buffer.entries.count + $0.taken, dropped: $0.dropped,
                failedWrites: $0.failedWrites)
        }
    }

    /// All that waits; it counts as waiting until `noteWritten`.
    func take(sizing next: AnswerBuffer = AnswerBuffer()) -> AnswerBuffer {
        // Memory is asked for outside of the lock.
        var fresh = AnswerBuffer(sizedAs: next)
        state.withLock { state in
            swap(&state.buffer, &fresh)
            state.taken += fresh.entries.count
        }
        return fresh
    }

    /// - Parameter collided: Of these, how many aren't in the file, since others have their numbers.
    func noteWritten(_ count: Int, collided: Int) {
        state.withLock {
            $0.taken -= count
            $0.dropped += collided
        }
    }

    func noteFailure() {
        state.withLock { $0.failedWrites += 1 }
    }
}
