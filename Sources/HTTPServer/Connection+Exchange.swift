import HTTP
import Sockets
import Support

/// One request and its answer.
extension Connection {
    func handle(_ event: HTTP1Engine.Event) {
        switch event {
        case .head(let head): begin(head)
        case .body(let part): take(part)
        case .end: endBody()
        case .failed(let problem): fail(problem)
        case .needMore: break
        }
    }

    /// The head decides: whether there is a handler, and what becomes of the body.
    private func begin(_ head: RequestHead) {
        // Not through a proxy, which would no longer see the requests that it passes on.
        if !peer.isProxy, let settings = HTTP2Upgrade.settings(of: head),
            upgrade(head, settings)
        {
            return
        }
        exchangeCount += 1
        var request = worker.request(head, from: peer)
        let found = worker.dispatcher.find(&request)
        let refusal = worker.refusal(&request, found)
        let state = { [now = worker.loop.now] in Exchange(request, by: found, at: now) }
        if head.framing == .none, refusal != nil || !found.body.isStreamed {
            let reply = refusal ?? worker.dispatcher.reply(to: request, by: found.handler)
            return answerWhole(request, reply, state)
        }
        exchange = state()
        if let refusal { return answer(refusal) }
        engine.limitBody(to: worker.bodyLimit(found.body))
        switch found.body {
        case .none: break
        case .collected:
            exchange?.body = .collected([])
            askForBody(head)
        case .streamed:
            stream(request, found.handler)
        }
    }

    /// Nothing more comes of the request but its end. An answer that is at hand needs no place for it.
    private func answerWhole(_ request: Request, _ reply: Reply, _ state: () -> Exchange) {
        guard case .now(let response) = reply else {
            exchange = state()
            return answer(reply)
        }
        let closes = mustClose(after: request.head)
        write(response, to: request, since: worker.loop.now, closes: closes)
    }

    /// Goes on in HTTP/2, where this request is stream 1; false where the settings are none.
    private func upgrade(_ head: RequestHead, _ settings: [UInt8]) -> Bool {
        let engine = HTTP2Engine(
            upgrading: head, settings: settings, limits: worker.options.limits)
        guard let engine else { return false }
        output.append { $0 += HTTP2Upgrade.switchingProtocols }
        speakHTTP2(HTTP2Exchanges(engine, self))
        return true
    }

    private func stream(_ request: Request, _ handler: Handler) {
        let stream = worker.openBody(on: number) { [exchangeCount] in
            $0.resumeStream(exchangeCount)
        }
        var request = request
        request.body = .stream(stream)
        exchange?.body = .streamed(stream)
        askForBody(request.head)
        answer(worker.dispatcher.reply(to: request, by: handler))
    }

    private func resumeStream(_ count: UInt64) {
        guard phase == .open, exchangeCount == count else { return }
        exchange?.pace.resume(at: worker.loop.now)
        pump()
    }

    private func askForBody(_ head: RequestHead) {
        guard head.expectsContinue, head.framing != .none, engine.bufferedBytes == 0 else { return }
        output.append(HTTP1Encoder.appendContinue)
    }

    private func take(_ part: [UInt8]) {
        do throws(Problem) {
            _ = try exchange?.take(part, at: worker.loop.now)
        } catch {
            guard let request = exchange?.request else { return }
            answer(worker.dispatcher.refuse(request, error))
        }
    }

    private func endBody() {
        if let request = exchange?.endBody(), let handler = exchange?.handler {
            answer(worker.dispatcher.reply(to: request, by: handler))
        } else if exchange?.isAnswered == true {
            exchange = nil
        }
    }

    /// The client's input can't be read on. A stream's handler still answers; anybody else's
    /// answer is the problem.
    private func fail(_ problem: Problem) {
        inputIsBroken = true
        guard let failed = exchange else {
            let response = problem.response
            let id = worker.requestID(Fields())
            write(response, context(requestID: id, closes: true), isHead: false)
            worker.report(nil, response, requestID: id, isHead: false, .http11, since: nil)
            return finish()
        }
        exchange?.bodyIsComplete = true
        if failed.isAnswered {
            finish()
        } else if let stream = failed.stream {
            stream.fail(problem)
        } else if !failed.isBegun {
            answer(worker.dispatcher.refuse(failed.request, problem))
        }
    }

    // MARK: The answer

    private func answer(_ reply: Reply) {
        switch reply {
        case .now(let response): answer(response)
        case .later(let respond):
            exchange?.begin()
            guard let exchange else { return }
            guard worker.handlers.admits(exchange) else {
                return answer(Problem.overloaded.response(instance: exchange.request.path))
            }
            worker.finishLater(respond, of: exchange, on: number) { [exchangeCount] in
                $0.answerLate($1, exchangeCount)
            }
        }
    }

    private func answerLate(_ response: Response, _ count: UInt64) {
        guard phase == .open, exchangeCount == count, exchange != nil else { return }
        answer(response)
        pump()
    }

    private func answer(_ response: Response) {
        guard let answered = exchange, !answered.isAnswered else { return }
        let closes =
            mustClose(after: answered.request.head)
            || !answered.bodyIsComplete && isRestTooLong(answered.request.head)
        exchange?.noteAnswer(at: worker.loop.now)
        if answered.bodyIsComplete { exchange = nil }
        write(response, to: answered.request, since: answered.start, closes: closes)
    }

    /// Whether the client, the server's end or a full table wants the connection closed.
    private func mustClose(after head: RequestHead) -> Bool {
        !head.keepsAlive || worker.isDraining || worker.table.isFull || inputIsBroken
    }

    /// Whether there is too much content to come to be thrown away.
    private func isRestTooLong(_ head: RequestHead) -> Bool {
        switch head.framing {
        case .none: false
        case .length(let count):
            head.expectsContinue || count > worker.options.limits.maxDiscardedBytes
        case .chunked, .unknownLength: true
        }
    }

    private func write(
        _ response: Response, to request: Request, since start: MonotonicTime, closes: Bool
    ) {
        let isHead = request.method == .head
        var context = context(requestID: request.id, closes: closes)
        context.isHTTP10 = request.head.isHTTP10
        write(response, context, isHead: isHead)
        worker.report(
            request, response, requestID: request.id, isHead: isHead,
            context.isHTTP10 ? .http10 : .http11, since: start)
        if closes { finish() }
    }

    private func context(requestID: String, closes: Bool) -> HTTP1Encoder.Context {
        HTTP1Encoder.Context(requestID: requestID, date: worker.date, closes: closes)
    }

    private func write(_ response: Response, _ context: HTTP1Encoder.Context, isHead: Bool) {
        output.append { HTTP1Encoder.appendHead(of: response, context, to: &$0) }
        if !isHead, response.status.allowsContent, !response.body.isEmpty {
            output.append(body: response.body)
        }
    }
}
