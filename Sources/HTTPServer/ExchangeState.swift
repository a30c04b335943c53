import HTTP
import Sockets

/// A request that is being received or answered.
struct ExchangeState {
    /// Where the content goes.
    enum Body {
        case discarded
        case collected([UInt8])
        case streamed(BodyStream)
    }

    let request: Request
    let handler: Handler
    let start: MonotonicTime
    var body: Body
    var bodyIsComplete = false
    /// The handler runs, though more of the request may come; its answer isn't there yet.
    var isBegun = false
    var isAnswered = false
    var pace: BodyPace

    init(request: Request, handler: @escaping Handler, start: MonotonicTime, body: Body) {
        self.request = request
        self.handler = handler
        self.start = start
        self.body = body
        pace = BodyPace(from: start)
    }

    /// The stream holds more than its consumer has taken.
    var isStreamPaused: Bool { pace.isPaused }

    var canTakeBody: Bool { !bodyIsComplete && !isStreamPaused }

    var stream: BodyStream? {
        if case .streamed(let stream) = body { stream } else { nil }
    }
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
