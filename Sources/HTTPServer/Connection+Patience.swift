import HTTP
import Sockets

/// How long a connection has been waiting for one and the same thing.
///
/// The timer is only moved when the deadline comes nearer; one that goes off too early looks at the
/// deadline and sets itself anew. So a busy connection never touches the loop's heap.
struct Patience {
    enum Wait: Equatable {
        case nothing, nextRequest, head, body, sending, lingering
    }

    fileprivate var wait = Wait.nothing
    fileprivate var exchangeCount: UInt64 = 0
    fileprivate var since = MonotonicTime(nanoseconds: 0)
    fileprivate var timer: LoopTimer?
    fileprivate var timerIsSet = false

    /// The client has done something; it counts where the wait is for progress, not for an end.
    mutating func progress(at now: MonotonicTime) {
        if wait != .head, wait != .lingering { since = now }
    }

    func cancel(on loop: EventLoop) {
        if let timer { loop.cancel(timer) }
    }
}

extension Connection {
    func updatePatience(isReading: Bool) {
        let wait = currentWait(isReading: isReading)
        if wait != patience.wait || exchangeCount != patience.exchangeCount {
            patience.wait = wait
            patience.exchangeCount = exchangeCount
            patience.since = worker.loop.now
        }
        setTimer()
    }

    private func setTimer() {
        guard let deadline else { return }
        if let timer = patience.timer {
            if patience.timerIsSet, timer.deadline <= deadline { return }
            worker.loop.reschedule(timer, at: deadline)
        } else {
            patience.timer = worker.loop.schedule(after: deadline - worker.loop.now) {
                [weak self] in self?.timerWentOff()
            }
        }
        patience.timerIsSet = true
    }

    private func currentWait(isReading: Bool) -> Patience.Wait {
        if phase == .lingering { return .lingering }
        if !output.isEmpty { return .sending }
        guard let exchange else { return engine.isBetweenRequests ? .nextRequest : .head }
        return isReading && !exchange.bodyIsComplete ? .body : .nothing
    }

    private var deadline: MonotonicTime? {
        let timeouts = worker.options.timeouts
        return switch patience.wait {
        case .nothing: nil
        case .nextRequest: patience.since + timeouts.idle
        case .head: patience.since + timeouts.head
        case .body: patience.since + timeouts.body
        case .sending: patience.since + timeouts.write
        case .lingering: patience.since + timeouts.linger
        }
    }

    private func timerWentOff() {
        patience.timerIsSet = false
        guard phase != .closed, let deadline else { return }
        guard deadline <= worker.loop.now else { return setTimer() }
        switch patience.wait {
        case .nothing: break
        case .nextRequest, .sending, .lingering: close()
        case .head, .body:
            handle(.failed(.tooSlow))
            pump()
        }
    }
}
