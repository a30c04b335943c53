import Support
import Synchronization

/// The handlers of all loops that wait or work off them, uploads aside, and whether one more would
/// still come to its end in time.
final class HandlerLoad: Sendable {
    private let clock: any MonotonicClock
    private let running = Atomic(0)
    private let shedder: Mutex<HandlerShedder>

    init(_ options: HTTPServerOptions) {
        clock = options.clock
        shedder = Mutex(HandlerShedder(target: options.shedTarget, interval: options.shedInterval))
    }

    var count: Int { running.load(ordering: .relaxed) }

    func admits(_ exchange: Exchange) -> Bool {
        guard exchange.isShed else { return true }
        let now = clock.now()
        return shedder.withLock { $0.admits(at: now) }
    }

    /// A handler is handed over to the pool.
    ///
    /// - Returns: What `end` wants to know.
    func begin(_ exchange: Exchange) -> MonotonicTime {
        if exchange.isCounted { running.wrappingAdd(1, ordering: .relaxed) }
        if exchange.isShed { shedder.withLock { $0.begin() } }
        return clock.now()
    }

    /// Its answer is there.
    func end(_ exchange: Exchange, since start: MonotonicTime) {
        if exchange.isCounted { running.wrappingSubtract(1, ordering: .relaxed) }
        guard exchange.isShed else { return }
        let now = clock.now()
        shedder.withLock { $0.end(from: start, to: now) }
    }
}

/// Tells which handlers off the loops are refused, so that those that are let in end in time.
///
/// What they wait for differs: threads, the store's readers or its writer, the processors. So this
/// looks at the whole, from when a loop hands a handler over to its end. By CoDel's rule, as for a
/// loop in `LoadShedder`, there are too many where even the quickest within an interval takes longer
/// than a target. From then on as many are let in as end within the target at their pace (Little's
/// law), and the others are refused before they cost anything. It is over when nobody had to be refused
/// for an interval.
struct HandlerShedder {
    /// So many are let in at any pace, or one that is slow by its nature would keep others out.
    static let minimum = 16

    private let target: Duration
    private let interval: Duration
    private var running = 0
    /// When the first of the handlers ended that were all too slow.
    private var aboveSince: MonotonicTime?
    private var isOverloaded = false
    private var lastRefusal = MonotonicTime(nanoseconds: 0)
    /// Handlers that have ended within the present interval, and how many do within the target.
    private var intervalStart = MonotonicTime(nanoseconds: 0)
    private var ended = 0
    private var pace = 0

    init(target: Duration, interval: Duration) {
        self.target = target
        self.interval = interval
    }

    mutating func begin() {
        // Nothing has piled up: slow ones now and then are no sign of it.
        if running == 0 { aboveSince = nil }
        running += 1
    }

    mutating func end(from start: MonotonicTime, to end: MonotonicTime) {
        running -= 1
        measurePace(at: end)
        guard end - start > target else {
            aboveSince = nil
            return
        }
        let since = aboveSince ?? end
        aboveSince = since
        guard !isOverloaded, end - since >= interval else { return }
        isOverloaded = true
        lastRefusal = end
    }

    private mutating func measurePace(at now: MonotonicTime) {
        ended += 1
        let passed = now - intervalStart
        guard passed >= interval else { return }
        pace = Int(Double(ended) * (target / passed))
        ended = 0
        intervalStart = now
    }

    /// Whether one more may begin.
    mutating func admits(at now: MonotonicTime) -> Bool {
        guard isOverloaded else { return true }
        guard running < max(Self.minimum, pace) else {
            lastRefusal = now
            return false
        }
        if now - lastRefusal >= interval {
            isOverloaded = false
            aboveSince = nil
        }
        return true
    }
}
