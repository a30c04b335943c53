import Support

/// How fast a request's content comes, or an answer is taken, over the time that the client was waited
/// for: who moves a byte now and then shall not hold a place for ever.
struct TransferPace {
    /// When the wait would have begun, had it never been interrupted.
    private var start: MonotonicTime
    private var pausedSince: MonotonicTime?
    private var bytes = 0

    init(from start: MonotonicTime) {
        self.start = start
    }

    /// This side has more than it can take, so the client isn't waited for.
    var isPaused: Bool { pausedSince != nil }

    mutating func pause(at now: MonotonicTime) {
        if pausedSince == nil { pausedSince = now }
    }

    mutating func resume(at now: MonotonicTime) {
        guard let since = pausedSince else { return }
        start = start + (now - since)
        pausedSince = nil
    }

    mutating func moved(_ count: Int) { bytes += count }

    /// Until when more must have moved; nil where any pace will do, or the client isn't waited for.
    ///
    /// - Parameters:
    ///   - rate: Bytes a second on the average; 0 for any pace.
    ///   - grace: For so long any pace will do.
    func deadline(atLeast rate: Int, after grace: Duration) -> MonotonicTime? {
        guard rate > 0, !isPaused else { return nil }
        // A century at most, so that no length of content is too much for the clock.
        let seconds = Duration.seconds(min(bytes / rate, 3_000_000_000))
        let rest = Duration.nanoseconds(Int64(bytes % rate) * 1_000_000_000 / Int64(rate))
        return start + max(grace, seconds + rest)
    }
}
