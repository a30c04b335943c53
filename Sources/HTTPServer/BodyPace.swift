import Sockets

/// How fast a request's content comes, over the time that its client was waited for: who sends a byte
/// now and then shall not hold a place for ever.
struct BodyPace {
    /// When the wait would have begun, had it never been interrupted.
    private var start: MonotonicTime
    private var pausedSince: MonotonicTime?
    private var bytes = 0

    init(from start: MonotonicTime) {
        self.start = start
    }

    /// The reader has more than it can take, so the client isn't waited for.
    var isPaused: Bool { pausedSince != nil }

    mutating func pause(at now: MonotonicTime) {
        if pausedSince == nil { pausedSince = now }
    }

    mutating func resume(at now: MonotonicTime) {
        guard let since = pausedSince else { return }
        start = start + (now - since)
        pausedSince = nil
    }

    mutating func received(_ count: Int) { bytes += count }

    /// Until when more must have come; nil where any pace will do, or the client isn't waited for.
    func deadline(_ timeouts: HTTPServerOptions.Timeouts) -> MonotonicTime? {
        let rate = timeouts.minBodyBytesPerSecond
        guard rate > 0, !isPaused else { return nil }
        // A century at most, so that no length of content is too much for the clock.
        let seconds = Duration.seconds(min(bytes / rate, 3_000_000_000))
        let rest = Duration.nanoseconds(Int64(bytes % rate) * 1_000_000_000 / Int64(rate))
        return start + max(timeouts.bodyGrace, seconds + rest)
    }
}
