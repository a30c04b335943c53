import HTTP
import Sockets

/// A request on its stream, and what its content has cost so far.
struct HTTP2Exchange {
    /// What becomes of a part of the content.
    enum Verdict {
        /// The client may send as much again; so many bytes of it are kept here.
        case taken(kept: Int)
        /// The reader has more than it can take; the client must wait.
        case held
        /// Nobody wants it.
        case discarded
        case refused(Problem)
    }

    var state: ExchangeState
    let bodyLimit: Int
    /// When the client last sent a part, or was last allowed to, or was answered.
    var since: MonotonicTime
    private var bodyBytes = 0
    /// What the stream's window lacks until the reader has caught up.
    private var heldBytes = 0
    /// Nothing that still comes is of use: it came too late, or broke a rule.
    var isBroken = false

    init(state: ExchangeState, bodyLimit: Int, since: MonotonicTime) {
        self.state = state
        self.bodyLimit = bodyLimit
        self.since = since
    }

    /// Until when more of the request must have come; nil where the client isn't waited for.
    func deadline(_ timeouts: HTTPServerOptions.Timeouts) -> MonotonicTime? {
        if state.bodyIsComplete { return nil }
        if state.isAnswered { return since + timeouts.linger }
        if state.isStreamPaused || isBroken { return nil }
        return earlier(since + timeouts.body, state.pace.deadline(timeouts))
    }

    /// Bytes of the content that are kept here for the handler.
    var collectedBytes: Int {
        if case .collected(let bytes) = state.body { bytes.count } else { 0 }
    }

    /// - Parameter room: How much more the connection may keep for its handlers.
    mutating func take(_ part: [UInt8], at now: MonotonicTime, room: Int) -> Verdict {
        guard !state.isAnswered, !isBroken else { return .discarded }
        since = now
        bodyBytes += part.count
        state.pace.received(part.count)
        guard bodyBytes <= bodyLimit else { return .refused(.contentTooLarge(limit: bodyLimit)) }
        switch state.body {
        case .discarded: return .taken(kept: 0)
        case .collected(var bytes):
            guard part.count <= room else {
                return .refused(
                    .unavailable(
                        "this connection sends too much at once", retryAfter: 1,
                        reason: "too-much-content"))
            }
            do throws(Problem) {
                try state.request.reservation?.grow(by: part.count)
            } catch {
                return .refused(error)
            }
            state.body = .discarded  // so that `bytes` has one owner and grows in place
            bytes += part
            state.body = .collected(bytes)
            return .taken(kept: part.count)
        case .streamed(let stream):
            if stream.supply(part) { return .taken(kept: 0) }
            heldBytes += part.count
            state.pace.pause(at: now)
            return .held
        }
    }

    /// What was held back until now.
    mutating func takeHeldBytes() -> Int {
        defer { heldBytes = 0 }
        return heldBytes
    }
}
