import Synchronization

/// How the retention is doing: counts since the start. Written by the retention's task, read by
/// whoever shows metrics. The pauses are written by whoever reads the log in many transactions, and
/// read by the writer's thread.
package final class RetentionStatus: Sendable {
    package struct Counts: Sendable, Equatable {
        package var folded = 0
        package var dropped = 0
        package var passes = 0
        package var failedPasses = 0
        /// Of the pass that ended last; nil before the first.
        package var lastPass: Duration?
        /// How long one step kept the writer at most.
        package var longestStep = Duration.zero
    }

    private struct State {
        var counts = Counts()
        var pauses = 0
    }

    private let state = Mutex(State())

    init() {}

    package var counts: Counts { state.withLock { $0.counts } }

    func note(_ change: (inout Counts) -> Void) { state.withLock { change(&$0.counts) } }

    var isPaused: Bool { state.withLock { $0.pauses > 0 } }

    fileprivate func beginPause() { state.withLock { $0.pauses += 1 } }

    fileprivate func endPause() { state.withLock { $0.pauses -= 1 } }
}

/// While there is one nothing is folded or dropped: whoever reads the log in many transactions would
/// else meet an event twice, or not at all. Ends with its last reference, or before.
package final class RetentionPause: Sendable {
    private let status: RetentionStatus
    private let hasEnded = Atomic(false)

    fileprivate init(_ status: RetentionStatus) {
        self.status = status
        status.beginPause()
    }

    package func end() {
        if !hasEnded.exchange(true, ordering: .acquiringAndReleasing) { status.endPause() }
    }

    deinit { end() }
}

extension Store {
    /// Returns when the step that runs now has ended.
    package func pauseRetention() async throws -> RetentionPause {
        let pause = RetentionPause(retentionStatus)
        try await write("pause retention") { _ in }
        return pause
    }
}
