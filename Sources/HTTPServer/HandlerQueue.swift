import Sockets
import Synchronization

/// The handlers of all loops that wait for a thread of Swift's pool. The pool keeps their order; this
/// sees how long each has waited, and refuses those that come too late where that doesn't end by itself.
final class HandlerQueue: Sendable {
    private let clock: any MonotonicClock
    private let shedder: Mutex<LoadShedder>
    private let waiting = Atomic(0)

    init(target: Duration, interval: Duration, clock: any MonotonicClock) {
        self.clock = clock
        shedder = Mutex(.ofQueue(target: target, interval: interval))
    }

    var count: Int { waiting.load(ordering: .relaxed) }

    /// A handler is handed over to the pool.
    ///
    /// - Returns: What `begin` wants to know.
    func add() -> MonotonicTime {
        waiting.wrappingAdd(1, ordering: .relaxed)
        return clock.now()
    }

    /// It has its thread.
    ///
    /// - Returns: Whether there is still time for it.
    func begin(waitingSince handedOver: MonotonicTime) -> Bool {
        waiting.wrappingSubtract(1, ordering: .relaxed)
        let now = clock.now()
        return shedder.withLock { shedder in
            shedder.waitEnded(from: handedOver, to: now)
            return !shedder.refuses(at: now, waitingSince: handedOver)
        }
    }
}

/// Whether a handler's client still waits, as the handler's thread sees it.
final class WaitingClient: Sendable {
    private let hasLeft = Atomic(false)

    var isGone: Bool { hasLeft.load(ordering: .relaxed) }

    func leave() { hasLeft.store(true, ordering: .relaxed) }
}
