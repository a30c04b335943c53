import HTTP
import Support

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

    var state: Exchange
    let bodyLimit: Int
    /// When the client last sent a part, or was last allowed to, or was answered.
    var since: MonotonicTime
    private var bodyBytes = 0
    /// What the stream's window lacks until the reader has caught up.
    private var heldBytes = 0
    /// Nothing that still comes is of use: it came too late, or broke a rule.
    var isBroken = false

    init(state: Exchange, bodyLimit: Int, since: MonotonicTime) {
        self.state = state
        self.bodyLimit = bodyLimit
        self.since = since
    }

    /// Until when more of the request must have come; nil where the client isn't waited for.
    func deadline(_ timeouts: HTTPServerOptions.Timeouts) -> MonotonicTime? {
        if state.bodyIsComplete { return nil }
        if state.isAnswered { return since + timeouts.linger }
        if state.isStreamPaused || isBroken { return nil }
        return earlier(since + timeouts.body, state.paceDeadline(timeouts))
    }

    /// - Parameter room: How much more the connection may keep for its handlers.
    mutating func take(_ part: [UInt8], at now: MonotonicTime, room: Int) -> Verdict {
        guard !state.isAnswered, !isBroken else { return .discarded }
        since = now
        bodyBytes += part.count
        guard bodyBytes <= bodyLimit else { return .refused(.contentTooLarge(limit: bodyLimit)) }
        let before = state.collectedBytes
        if case .collected = state.body, part.count > room {
            return .refused(.tooMuchContent)
        }
        do throws(Problem) {
            guard try state.take(part, at: now) else {
                heldBytes += part.count
                return .held
            }
            return .taken(kept: state.collectedBytes - before)
        } catch {
            return .refused(error)
        }
    }

    /// What was held back until now.
    mutating func takeHeldBytes() -> Int {
        defer { heldBytes = 0 }
        return heldBytes
    }
}

extension Problem {
    fileprivate static let tooMuchContent = unavailable(
        "this connection sends too much at once", retryAfter: 1, reason: "too-much-content")
}
