import HTTP
import Support
import Synchronization

/// A request that is being received or answered.
struct Exchange {
    /// Where the content goes.
    enum Body {
        case discarded
        case collected([UInt8])
        case streamed(BodyStream)
    }

    private(set) var request: Request
    let handler: Handler
    /// Answered however much there is to do.
    let isEssential: Bool
    let start: MonotonicTime
    var body = Body.discarded
    var bodyIsComplete = false
    /// The handler runs, though more of the request may come; its answer isn't there yet.
    private(set) var isBegun = false
    /// For a handler that runs off the loop.
    private(set) var client: WaitingClient?
    private(set) var isAnswered = false
    var pace: TransferPace

    init(_ request: Request, by found: Dispatcher.Found, at start: MonotonicTime) {
        self.request = request
        handler = found.handler
        isEssential = found.isEssential
        self.start = start
        pace = TransferPace(from: start)
    }

    /// The stream holds more than its consumer has taken.
    var isStreamPaused: Bool { pace.isPaused }

    var canTakeBody: Bool { !bodyIsComplete && !isStreamPaused }

    var stream: BodyStream? {
        if case .streamed(let stream) = body { stream } else { nil }
    }

    /// When its content has come too slowly; nil where any pace will do, or the client isn't waited for.
    func paceDeadline(_ timeouts: HTTPServerOptions.Timeouts) -> MonotonicTime? {
        pace.deadline(atLeast: timeouts.minBodyBytesPerSecond, after: timeouts.bodyGrace)
    }

    /// Bytes of the content that are kept here for the handler.
    var collectedBytes: Int {
        if case .collected(let bytes) = body { bytes.count } else { 0 }
    }

    /// Takes a part of the content.
    ///
    /// - Returns: False where the stream's reader has more than it can take.
    mutating func take(_ part: [UInt8], at now: MonotonicTime) throws(Problem) -> Bool {
        pace.moved(part.count)
        switch body {
        case .discarded: break
        case .collected(var bytes):
            try request.reservation?.grow(by: part.count)
            if bytes.isEmpty {
                body = .collected(part)
                break
            }
            body = .discarded  // so that `bytes` has one owner and grows in place
            bytes += part
            body = .collected(bytes)
        case .streamed(let stream):
            guard !stream.supply(part) else { break }
            pace.pause(at: now)
            return false
        }
        return true
    }

    /// All of the content is there.
    ///
    /// - Returns: The request, where its handler has waited for that.
    mutating func endBody() -> Request? {
        bodyIsComplete = true
        stream?.finish()
        guard !isAnswered, !isBegun, stream == nil else { return nil }
        var whole = request
        if case .collected(let bytes) = body { whole.body = .collected(bytes) }
        body = .discarded
        return whole
    }

    /// The handler goes on off the loop.
    mutating func begin() {
        isBegun = true
        client = WaitingClient()
    }

    /// The client is gone.
    func abandon() {
        if !bodyIsComplete { stream?.fail(.disconnected) }
        client?.leave()
    }

    /// A handler that waits for its request's content costs next to nothing.
    var isCounted: Bool { stream == nil }

    /// Refused when there is too much to do off the loops. Erasing takes its time.
    var isShed: Bool { isCounted && !isEssential && request.method != .delete }

    /// It would only read, and for nobody. May be asked on any thread.
    var isForNobody: Bool { request.method.isSafe && client?.isGone == true }

    /// What still comes of the content is of no use.
    mutating func noteAnswer(at now: MonotonicTime) {
        request.reservation?.release()
        if !bodyIsComplete { stream?.fail(.answered) }
        pace.resume(at: now)
        body = .discarded
        isAnswered = true
    }
}

/// Whether a handler's client still waits, as the handler's thread sees it.
final class WaitingClient: Sendable {
    private let hasLeft = Atomic(false)

    var isGone: Bool { hasLeft.load(ordering: .relaxed) }

    func leave() { hasLeft.store(true, ordering: .relaxed) }
}

extension Problem {
    /// What the reader of a body finds when the client is gone; nobody else will see it.
    static let disconnected = Problem(
        .badRequest, type: "incomplete-body", "the client broke off")

    /// What a reader finds who goes on reading after the answer was given.
    static let answered = Problem(
        .internalServerError, type: "internal-error", "the request has been answered already")

    static let tooSlow = Problem(
        .requestTimeout, type: "request-timeout", "the request took too long to arrive")
}
