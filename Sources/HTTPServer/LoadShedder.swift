import Support

/// Tells when a loop has more to do than it can, and which requests are then refused, so that those
/// that are served still come in time.
///
/// A loop's queue is what became ready while it was busy with the rest, and the wait in it is as long
/// as a pass of the loop. The rule is that of CoDel: a queue is overlong, rather than filled by a
/// burst, when even its shortest wait within an interval is above a target. From then on each pass
/// serves requests for as long as the target, and refuses the rest of what it finds, which costs
/// little. The first pass that ends within the target ends it.
///
/// Reference: Nichols & Jacobson, "Controlling Queue Delay", ACM Queue 10(5), 2012 (RFC 8289), applied
/// to a server's requests as in Maurer, "Fail at Scale", ACM Queue 13(8), 2015.
struct LoadShedder {
    private let target: Duration
    private let interval: Duration
    /// When the first of the passes ended that were all too long.
    private var aboveSince: MonotonicTime?
    private(set) var isOverloaded = false

    init(target: Duration, interval: Duration) {
        self.target = target
        self.interval = interval
    }

    mutating func passEnded(from start: MonotonicTime, to end: MonotonicTime) {
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
    func refuses(at now: MonotonicTime, inPassFrom start: MonotonicTime) -> Bool {
        isOverloaded && now - start >= target
    }
}
