import HTTP
import Sockets

/// What a request's head alone decides, whichever protocol brought it.
extension Worker {
    /// The request as the handlers see it, its body still to come.
    func request(_ head: RequestHead, from peer: Peer) -> Request {
        var request = Request(head, id: requestID(head.fields))
        request.clientAddress =
            peer.isProxy
            ? options.forwarding.client(of: request.fields, behind: peer.address) : peer.address
        return request
    }

    /// The answer to a request that needs no body for it: that there is too much to do, what the
    /// admission says, 404, 405 or 413.
    /// Notes in the request who calls, and what its content will be counted in.
    func refusal(_ request: inout Request, _ found: Dispatcher.Found) -> Reply? {
        if let problem = overload(found) { return dispatcher.refuse(request, problem) }
        if let refused = dispatcher.admit(&request, found) { return .now(refused) }
        guard found.isMatched else {
            return dispatcher.reply(to: request, by: found.handler)
        }
        let limit = bodyLimit(found.body)
        if case .length(let count) = request.head.framing, count > limit {
            return dispatcher.refuse(request, .contentTooLarge(limit: limit))
        }
        // A body that nobody wants isn't asked for (RFC 9110 section 10.1.1).
        if case .none = found.body, request.head.expectsContinue {
            return dispatcher.reply(to: request, by: found.handler)
        }
        if request.head.framing != .none, !found.isEssential {
            request.reservation = BodyReservation(of: budget)
        }
        return nil
    }

    /// Before anything is done for the request: a refusal must cost less than an answer.
    private func overload(_ found: Dispatcher.Found) -> Problem? {
        guard !found.isEssential else { return nil }
        if shedder.isOverloaded, shedder.refuses(at: loop.currentTime, inPassFrom: loop.now) {
            return .overloaded
        }
        return handlers.count >= options.maxRunningHandlers ? .tooManyHandlers : nil
    }

    /// Lets the rest of a handler work off the loop, and comes back with its response to the
    /// connection, where that is still there. One that would only read, for a client that is gone by
    /// then, isn't begun.
    ///
    /// - Parameter exchange: What it holds of the content stays the handler's until its end, whether
    ///   or not the client waits for that.
    func finishLater(
        _ respond: @escaping @Sendable () async -> Response, of exchange: Exchange,
        on connection: UInt64, _ deliver: @escaping @Sendable (Connection, Response) -> Void
    ) {
        let begin = handlers.begin(exchange)
        let (worker, loop) = (LoopBound(self, on: loop), loop)
        Task(executorPreference: options.handlerExecutor) { [handlers] in
            let response =
                exchange.isForNobody ? Problem.disconnected.response : await respond()
            withExtendedLifetime(exchange) {}
            handlers.end(exchange, since: begin)
            loop.execute {
                worker.value.withConnection(connection) { deliver($0, response) }
            }
        }
    }

    /// Content that goes to its reader as it comes.
    ///
    /// - Parameter resume: The reader has caught up.
    func openBody(
        on connection: UInt64, resume: @escaping @Sendable (Connection) -> Void
    ) -> BodyStream {
        let (worker, loop) = (LoopBound(self, on: loop), loop)
        return BodyStream(highWater: options.streamHighWaterBytes) {
            loop.execute { worker.value.withConnection(connection, resume) }
        }
    }

    /// How much content a route takes.
    func bodyLimit(_ policy: BodyPolicy) -> Int {
        switch policy {
        case .none: options.limits.maxDiscardedBytes
        case .collected(let maxBytes): maxBytes
        case .streamed: .max
        }
    }
}

extension Problem {
    static let overloaded = Problem(
        .serviceUnavailable, type: "overloaded",
        "the service has more to do than it can; try again", fields: ["Retry-After": "1"])

    static let tooManyUnreadAnswers = Problem.unavailable(
        "this connection has too many answers to read", retryAfter: 1,
        reason: "too-many-unread-answers")

    static let tooManyHandlers = Problem(
        .serviceUnavailable, type: "too-many-handlers",
        "the service has more to do than it can; try again", fields: ["Retry-After": "1"])
}
