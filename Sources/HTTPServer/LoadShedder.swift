import Sockets

/// Tells when there is more to do than can be done, and which requests are then refused, so that those
/// that are served still come in time.
///
/// The rule is that of CoDel: a queue is overlong, rather than filled by a burst, when even its
/// shortest wait within an interval is above a target. From then on what has waited for as long as a
/// bound is refused, which costs little. The first wait within the target ends it.
///
/// Reference: Nichols & Jacobson, "Controlling Queue Delay", ACM Queue 10(5), 2012 (RFC 8289), applied
/// to a server's requests as in Maurer, "Fail at Scale", ACM Queue 13(8), 2015.
struct LoadShedder {
    private let target: Duration
    private let bound: Duration
    private let interval: Duration
    /// When the first of the waits ended that were all too long.
    private var aboveSince: MonotonicTime?
    private(set) var isOverloaded = false

    /// - Parameter bound: At least the target.
    private init(target: Duration, bound: Duration, interval: Duration) {
        self.target = target
        self.bound = bound
        self.interval = interval
    }

    /// For an event loop. Its queue is what became ready while it was busy with the rest, and the wait
    /// in it is as long as a pass of the loop: an overloaded one serves for as long as the target in
    /// each pass, and refuses the rest of what it finds.
    static func ofLoop(target: Duration, interval: Duration) -> LoadShedder {
        LoadShedder(target: target, bound: target, interval: interval)
    }

    /// For a queue in which each request waits for its own time. One that is refused at its head makes
    /// the next one's wait shorter, so that the waits settle at the bound: it is twice the target, or
    /// every wait that is shortened would end the overload.
    static func ofQueue(target: Duration, interval: Duration) -> LoadShedder {
        LoadShedder(target: target, bound: target * 2, interval: interval)
    }

    mutating func waitEnded(from start: MonotonicTime, to end: MonotonicTime) {
        guard end - start > target else {
            aboveSince = nil
            isOverloaded = false
            return
        }
        let since = aboveSince ?? end
        aboveSince = since
        isOverloaded = end - since >= interval
    }

    /// Whether a request that is looked at now is refused.
    func refuses(at now: MonotonicTime, waitingSince start: MonotonicTime) -> Bool {
        isOverloaded && now - start >= bound
    }
}
