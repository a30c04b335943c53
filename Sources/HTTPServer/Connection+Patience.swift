import HTTP
import Sockets
import Support

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
    /// Of what is being sent.
    fileprivate var pace = TransferPace(from: MonotonicTime(nanoseconds: 0))
    fileprivate var timer: LoopTimer?
    fileprivate var timerIsSet = false

    /// The client has sent something; it counts where the wait is for that, and not for an end.
    mutating func progress(at now: MonotonicTime) {
        if wait == .body || wait == .nextRequest { since = now }
    }

    /// The client has taken something.
    mutating func sent(_ count: Int, at now: MonotonicTime) {
        guard wait == .sending, count > 0 else { return }
        since = now
        pace.moved(count)
    }

    func cancel(on loop: EventLoop) {
        if let timer { loop.cancel(timer) }
    }
}

extension Connection {
    /// Since when there is no request; nil where there is one, or the end has begun.
    var idleSince: MonotonicTime? {
        guard phase == .open, patience.wait == .nextRequest, http2?.isDraining != true else {
            return nil
        }
        return patience.since
    }

    func updatePatience(isReading: Bool) {
        let wait = currentWait(isReading: isReading)
        // Another request doesn't excuse that the answers so far aren't read.
        let isNew = exchangeCount != patience.exchangeCount && wait != .sending
        if wait != patience.wait || isNew {
            patience.wait = wait
            patience.exchangeCount = exchangeCount
            patience.since = worker.loop.now
            patience.pace = TransferPace(from: worker.loop.now)
        }
        setTimer()
    }

    private func setTimer() {
        guard let deadline = nextDeadline else { return }
        if let timer = patience.timer {
            if patience.timerIsSet, timer.deadline <= deadline { return }
            worker.loop.reschedule(timer, at: deadline)
        } else {
            // By its number: a weak reference would make every count of this object dearer.
            patience.timer = worker.loop.schedule(after: deadline - worker.loop.now) {
                [worker, number] in worker.withConnection(number) { $0.timerWentOff() }
            }
        }
        patience.timerIsSet = true
    }

    private func currentWait(isReading: Bool) -> Patience.Wait {
        if phase == .lingering { return .lingering }
        if let http2 { return http2.currentWait }
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
        case .body:
            earlier(patience.since + timeouts.body, exchange?.paceDeadline(timeouts))
        case .sending:
            earlier(
                patience.since + timeouts.write,
                patience.pace.deadline(
                    atLeast: timeouts.minAnswerBytesPerSecond, after: timeouts.write))
        case .lingering: patience.since + timeouts.linger
        }
    }

    /// The connection's, or that of a body that one of its streams waits for.
    private var nextDeadline: MonotonicTime? {
        guard let other = http2?.bodyDeadline else { return deadline }
        return earlier(other, deadline)
    }

    private func countTimeout() {
        switch patience.wait {
        case .nothing, .lingering: break
        case .nextRequest: worker.metrics.count(.idleConnections)
        case .head: worker.metrics.count(.slowHeads)
        case .body: worker.metrics.count(.slowBodies)
        case .sending: worker.metrics.count(.slowReaders)
        }
    }

    private func timerWentOff() {
        patience.timerIsSet = false
        guard phase != .closed else { return }
        if let http2 { http2.refuseSlowBodies() }
        guard let deadline, deadline <= worker.loop.now else { return setTimer() }
        countTimeout()
        if phase == .finishing { return close() }
        if let http2, patience.wait == .nextRequest || patience.wait == .head {
            return http2.leave()
        }
        switch patience.wait {
        case .nothing: break
        case .nextRequest, .sending, .lingering: close()
        case .head, .body:
            handle(.failed(.tooSlow))
            pump()
        }
    }
}

func earlier(_ time: MonotonicTime, _ other: MonotonicTime?) -> MonotonicTime {
    other.map { min($0, time) } ?? time
}
