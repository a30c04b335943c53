import CLinux
import Foundation
import Support
import Synchronization

/// Gets told when its descriptor is ready, on the loop's thread.
package protocol ReadinessHandler: AnyObject {
    func socketIsReady(_ readiness: Readiness)
}

/// A thread that waits for descriptors, timers and work from other threads, and serves them one
/// after the other.
///
/// A tick: wait, tell the ready descriptors' handlers, a batch at a time, run the work that others
/// handed in, let the due timers go off. Whatever a loop owns needs no lock, and whatever runs on it
/// must not block.
package final class EventLoop: @unchecked Sendable {
    // @unchecked: any thread may touch `inbox` (a lock), `thread` (atomic) and `poller.wakeUp`;
    // the rest belongs to the loop's thread.
    private let poller: Poller
    private let clock: any MonotonicClock
    private let inbox = Mutex(Inbox())
    private let thread = Atomic<UInt>(0)

    private var watched: [Watched?] = []  // by descriptor
    private var lastGeneration: UInt32 = 0
    private var timers = TimerHeap()
    /// Told, on the loop's thread, from when to when a pass has worked, before the loop waits again.
    package var onPassEnd: ((_ start: MonotonicTime, _ end: MonotonicTime) -> Void)?
    /// Told after each batch of ready descriptors, for what their handlers have put off until then.
    package var onBatchEnd: (() -> Void)?
    /// The time of this tick.
    package private(set) var now: MonotonicTime

    /// The time of this moment.
    package var currentTime: MonotonicTime { clock.now() }

    private struct Inbox {
        var work: [@Sendable () -> Void] = []
        var isStopped = false
    }

    private struct Watched {
        let generation: UInt32
        let handler: any ReadinessHandler
    }

    /// Names a watched descriptor. The generation tells it from an earlier one with the same
    /// number, whose events the kernel may have reported already.
    package struct Registration: Hashable, Sendable {
        let descriptor: Int32
        let generation: UInt32

        fileprivate var token: UInt64 { UInt64(generation) << 32 | UInt64(UInt32(descriptor)) }
    }

    package init(clock: any MonotonicClock = SystemMonotonicClock()) throws {
        poller = try Poller()
        self.clock = clock
        now = clock.now()
    }

    // MARK: From any thread

    /// Runs the loop on a thread of its own, until `stop`.
    package func start(name: String) {
        let thread = Thread { [self] in
            requestShortSlice()
            while !inbox.withLock({ $0.isStopped }) { tick() }
            // What handlers, timers and work hold may hold this loop.
            (watched, timers, onPassEnd, onBatchEnd) = ([], TimerHeap(), nil, nil)
            _ = takeWork()
        }
        thread.name = name
        thread.start()
    }

    /// Asks the scheduler to let this thread onto a core at once when something is ready. It works
    /// for microseconds at a time; a thread that computes, such as a trainer's, would otherwise keep
    /// it waiting for milliseconds, to the end of its own slice, whatever its priority. Linux 6.12
    /// and newer grant it; without it the loop is a thread like any other.
    private func requestShortSlice() {
        do throws(SystemError) {
            try blockingSystemCall("sched_setattr") { clinux_request_slice(Self.slice) }
        } catch {
            return  // forbidden here, or of a real-time class: nothing to add
        }
    }

    /// In nanoseconds: the least that can be asked for.
    private static let slice: UInt = 100_000

    /// Ready descriptors; so few that what the first of them has put off doesn't wait for long.
    private static let batch = 16

    /// Ends the loop after its present tick; work that is still in the inbox is dropped.
    package func stop() {
        inbox.withLock { $0.isStopped = true }
        poller.wakeUp()
    }

    /// Has the loop's thread do something, in the order of the calls.
    package func execute(_ work: @escaping @Sendable () -> Void) {
        let isFirst = inbox.withLock { inbox in
            inbox.work.append(work)
            return inbox.work.count == 1
        }
        // The loop itself looks into the inbox before it waits again.
        if isFirst, !isInLoop { poller.wakeUp() }
    }

    package var isInLoop: Bool { thread.load(ordering: .relaxed) == UInt(pthread_self()) }

    package func assertInLoop() {
        precondition(isInLoop, "this belongs to the event loop's thread")
    }

    // MARK: On the loop's thread

    /// Waits at most so long for something to do, and does it. The first caller's thread becomes
    /// the loop's.
    package func tick(waitingAtMost limit: Duration? = nil) {
        thread.store(UInt(pthread_self()), ordering: .relaxed)
        let end = clock.now()
        onPassEnd?(now, end)
        let count = wait(limit, from: end)
        now = clock.now()
        for first in stride(from: 0, to: count, by: Self.batch) {
            for index in first..<min(first + Self.batch, count) { dispatch(index) }
            onBatchEnd?()
        }
        for work in takeWork() { work() }
        // One that sets itself anew for a time that has come waits for the next pass, like others.
        let last = timers.lastOrder
        while let timer = timers.popDue(at: now, setBy: last) { timer.action() }
    }

    /// Tells `handler` from now on when the descriptor is ready for the interest.
    package func register(
        _ descriptor: Int32, interest: Readiness, handler: any ReadinessHandler
    ) throws(SystemError) -> Registration {
        assertInLoop()
        lastGeneration &+= 1
        let registration = Registration(descriptor: descriptor, generation: lastGeneration)
        try poller.add(descriptor, token: registration.token, interest: interest)
        while watched.count <= Int(descriptor) { watched.append(nil) }
        watched[Int(descriptor)] = Watched(generation: lastGeneration, handler: handler)
        return registration
    }

    package func update(
        _ registration: Registration, interest: Readiness
    ) throws(SystemError) {
        assertInLoop()
        try poller.change(
            registration.descriptor, token: registration.token, interest: interest)
    }

    /// Call it before closing the descriptor. No event of it is told any more, not even one that
    /// the kernel has reported already.
    package func deregister(_ registration: Registration) throws(SystemError) {
        assertInLoop()
        watched[Int(registration.descriptor)] = nil
        try poller.remove(registration.descriptor)
    }

    package func schedule(
        after delay: Duration, _ action: @escaping () -> Void
    ) -> LoopTimer {
        let timer = LoopTimer(deadline: now + delay, action: action)
        timers.set(timer, to: timer.deadline)
        return timer
    }

    /// Sets a timer anew, whether it is waiting, gone off or cancelled.
    package func reschedule(_ timer: LoopTimer, at deadline: MonotonicTime) {
        timers.set(timer, to: deadline)
    }

    package func cancel(_ timer: LoopTimer) {
        timers.cancel(timer)
    }

    private func wait(_ limit: Duration?, from start: MonotonicTime) -> Int {
        do throws(SystemError) {
            return try poller.wait(milliseconds: waitMilliseconds(limit, from: start))
        } catch {
            // EINVAL is all that is left: a fault of this program.
            preconditionFailure("\(error)")
        }
    }

    private func waitMilliseconds(_ limit: Duration?, from now: MonotonicTime) -> Int32? {
        if inbox.withLock({ !$0.work.isEmpty }) { return 0 }
        let limit = limit.map { now + $0 }
        guard var end = limit ?? timers.earliest else { return nil }
        if let timer = timers.earliest { end = min(end, timer) }
        // Rounded up: a timer that is woken too early would only wait once more.
        let milliseconds = (end.nanoseconds - now.nanoseconds + 999_999) / 1_000_000
        return Int32(clamping: max(0, milliseconds))
    }

    private func dispatch(_ index: Int) {
        guard let (token, readiness) = poller.event(at: index) else { return }
        let descriptor = Int(token & 0xFFFF_FFFF)
        guard descriptor < watched.count, let found = watched[descriptor],
            found.generation == UInt32(token >> 32)
        else { return }
        found.handler.socketIsReady(readiness)
    }

    private func takeWork() -> [@Sendable () -> Void] {
        inbox.withLock { inbox in
            defer { inbox.work = [] }
            return inbox.work
        }
    }
}
