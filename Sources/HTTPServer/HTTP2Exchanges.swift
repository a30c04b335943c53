import HTTP
import Sockets
import Support

/// The requests of an HTTP/2 connection and their answers, each on its stream. Belongs to the
/// connection's loop.
///
/// Answers go out in the order in which they are ready. What the client doesn't take of them waits
/// in the engine, what it sends ahead of the handlers is bounded by its windows.
final class HTTP2Exchanges {
    let engine: HTTP2Engine
    let worker: Worker
    /// Holds this, so it is there as long as anybody calls.
    unowned let connection: Connection
    private(set) var exchanges: [StreamID: HTTP2Exchange] = [:]
    /// Handlers that haven't answered yet, those of streams that are gone included.
    private var runningHandlers = 0
    private var collectedBytes = 0
    private var contentSeen = 0
    var isDraining = false

    init(_ engine: HTTP2Engine, _ connection: Connection) {
        self.engine = engine
        self.connection = connection
        worker = connection.worker
    }

    private var limits: HTTP2Limits { worker.options.limits.http2 }

    /// There is neither a request nor a rest of an answer.
    var isIdle: Bool { exchanges.isEmpty && engine.unsentBytes == 0 }

    func receive(_ bytes: UnsafeRawBufferPointer) {
        engine.receive(bytes)
    }

    /// Handles what the engine has, and sends what there is to send, until neither gives anything.
    func pump() {
        let connection = connection
        repeat {
            takeEvents()
            if connection.inputHasEnded { breakOffUnfinished() }
            connection.output.append { [limit = worker.options.outputHighWaterBytes] in
                engine.appendOutput(to: &$0, upTo: limit)
            }
            connection.flush()
        } while connection.phase == .open && hasMoreToDo
        countRefusals()
        if connection.phase == .open, isOver {
            // The client may still be sending; it shall see GOAWAY, and no reset of the connection.
            connection.inputIsBroken = true
            connection.finish()
            connection.flush()
        }
        connection.update()
    }

    /// Handles what the engine has.
    func takeEvents() {
        while connection.phase == .open, let event = engine.next() { handle(event) }
    }

    private func countRefusals() {
        for refusal in engine.takeRefusals() { worker.metrics.count(refusal) }
    }

    private var hasMoreToDo: Bool {
        engine.hasEvents || connection.output.isEmpty && engine.wantsWrite
    }

    private var isOver: Bool { engine.isFinished || connection.inputHasEnded && isIdle }

    private func handle(_ event: HTTP2Engine.Event) {
        switch event {
        case .head(let stream, let head): begin(stream, head)
        case .body(let stream, let part): take(part, stream)
        case .end(let stream): endBody(stream)
        case .failed(let stream, let problem, let isHead): fail(stream, problem, isHead: isHead)
        case .closed(let stream): forget(stream)
        case .shutdownSeen: if isDraining { engine.shutDown() }
        }
    }

    // MARK: The request

    /// The head decides: whether there is a handler, and what becomes of the body.
    private func begin(_ stream: StreamID, _ head: RequestHead) {
        connection.exchangeCount += 1
        var request = worker.request(head, from: connection.peer)
        let found = worker.dispatcher.find(&request)
        let refusal = overload(request) ?? worker.refusal(&request, found)
        let state = { [now = worker.loop.now] in Exchange(request, by: found, at: now) }
        if head.framing == .none, refusal != nil || !found.body.isStreamed {
            let reply = refusal ?? worker.dispatcher.reply(to: request, by: found.handler)
            return answerWhole(stream, request, reply, state)
        }
        exchanges[stream] = HTTP2Exchange(
            state: state(), bodyLimit: worker.bodyLimit(found.body), since: worker.loop.now)
        if let refusal { return answer(stream, refusal) }
        switch found.body {
        case .none: break
        case .collected:
            exchanges[stream]?.state.body = .collected([])
            if head.expectsContinue { engine.sendContinue(on: stream) }
        case .streamed: openBody(stream, request, found.handler)
        }
    }

    /// Nothing more comes of the request. An answer that is at hand needs no place among the others.
    private func answerWhole(
        _ stream: StreamID, _ request: Request, _ reply: Reply, _ state: () -> Exchange
    ) {
        if case .now(let response) = reply {
            respond(to: stream, response, request, since: worker.loop.now)
            return releaseIfFull()
        }
        exchanges[stream] = HTTP2Exchange(state: state(), bodyLimit: 0, since: worker.loop.now)
        exchanges[stream]?.state.bodyIsComplete = true
        answer(stream, reply)
    }

    private func overload(_ request: Request) -> Reply? {
        hasTooMuchUnread ? worker.dispatcher.refuse(request, .tooManyUnreadAnswers) : nil
    }

    private var hasTooMuchUnread: Bool { engine.unsentBytes > limits.maxUnsentBytes }

    /// Bytes of content that the client has taken since this was asked last; nil where none waits for
    /// it. A client that only takes answers to its PINGs is one that doesn't read.
    func contentTaken() -> Int? {
        defer { contentSeen = engine.sentBytes }
        return engine.unsentBytes == 0 ? nil : engine.sentBytes - contentSeen
    }

    private func openBody(_ stream: StreamID, _ request: Request, _ handler: Handler) {
        let body = worker.openBody(on: connection.number) { $0.http2?.resumeBody(stream) }
        var request = request
        request.body = .stream(body)
        exchanges[stream]?.state.body = .streamed(body)
        if request.head.expectsContinue { engine.sendContinue(on: stream) }
        answer(stream, worker.dispatcher.reply(to: request, by: handler))
    }

    private func resumeBody(_ stream: StreamID) {
        guard connection.phase == .open, let place = exchanges.index(forKey: stream),
            !exchanges.values[place].state.isAnswered
        else { return }
        exchanges.values[place].since = worker.loop.now
        exchanges.values[place].state.pace.resume(at: worker.loop.now)
        engine.consumeHeld(exchanges.values[place].takeHeldBytes(), of: stream)
        pump()
    }

    private func take(_ part: [UInt8], _ stream: StreamID) {
        guard let place = exchanges.index(forKey: stream) else {
            return engine.discard(part.count)
        }
        let verdict = exchanges.values[place].take(
            part, at: worker.loop.now, room: limits.maxCollectedBytes - collectedBytes)
        switch verdict {
        case .taken(let kept):
            collectedBytes += kept
            engine.consume(part.count, of: stream)
        // Its own window stays closed; other streams are let go on.
        case .held, .discarded: engine.discard(part.count)
        case .refused(let problem):
            engine.discard(part.count)
            refuse(stream, problem)
        }
    }

    private func endBody(_ stream: StreamID) {
        guard let place = exchanges.index(forKey: stream),
            !exchanges.values[place].state.bodyIsComplete
        else { return }
        let collected = exchanges.values[place].state.collectedBytes
        let request = exchanges.values[place].state.endBody()
        let ended = exchanges.values[place].state
        if let request {
            collectedBytes -= collected
            answer(stream, worker.dispatcher.reply(to: request, by: ended.handler))
        } else if ended.isAnswered {
            forget(stream)
        }
    }

    /// The request breaks a rule of HTTP or a limit. A body's reader still answers; anybody else's
    /// answer is the problem.
    func fail(_ stream: StreamID, _ problem: Problem, isHead: Bool) {
        guard let failed = exchanges[stream]?.state else {
            let (response, id) = (problem.response, worker.requestID(Fields()))
            respond(to: stream, response, requestID: id, isHead: isHead, asksToStop: true)
            return worker.report(
                nil, response, requestID: id, isHead: isHead, .http2, since: nil)
        }
        if failed.isAnswered { return }
        exchanges[stream]?.isBroken = true
        if let body = failed.stream {
            body.fail(problem)
        } else if !failed.isBegun {
            refuse(stream, problem)
        }
    }

    private func refuse(_ stream: StreamID, _ problem: Problem) {
        guard let request = exchanges[stream]?.state.request else { return }
        answer(stream, worker.dispatcher.refuse(request, problem))
    }

    /// The stream is at its end.
    private func forget(_ stream: StreamID) {
        guard !exchanges.isEmpty, let gone = exchanges.removeValue(forKey: stream) else { return }
        collectedBytes -= gone.state.collectedBytes
        gone.state.abandon()
    }

    /// The client will send no more: what it has begun is broken off; all that it asked is answered.
    private func breakOffUnfinished() {
        for (stream, exchange) in exchanges where !exchange.state.bodyIsComplete { forget(stream) }
    }

    /// The connection is gone.
    func close() {
        countRefusals()
        for exchange in exchanges.values { exchange.state.abandon() }
        exchanges = [:]
    }

    // MARK: The answer

    private func answer(_ stream: StreamID, _ reply: Reply) {
        switch reply {
        case .now(let response): answer(stream, response)
        case .later(let respond):
            guard runningHandlers < limits.maxConcurrentStreams else {
                engine.reset(stream, .refusedStream)
                return forget(stream)
            }
            exchanges[stream]?.state.begin()
            guard let exchange = exchanges[stream]?.state else { return }
            guard worker.handlers.admits(exchange) else {
                return answer(stream, Problem.overloaded.response(instance: exchange.request.path))
            }
            runningHandlers += 1
            worker.finishLater(respond, of: exchange, on: connection.number) {
                $0.http2?.answerLate(stream, $1)
            }
        }
    }

    private func answerLate(_ stream: StreamID, _ response: Response) {
        runningHandlers -= 1
        guard connection.phase == .open, let request = exchanges[stream]?.state.request else {
            return
        }
        let fits = !hasTooMuchUnread || response.body.isEmpty
        answer(
            stream,
            fits ? response : Problem.tooManyUnreadAnswers.response(instance: request.path))
        pump()
    }

    private func answer(_ stream: StreamID, _ response: Response) {
        guard let answered = exchanges[stream]?.state, !answered.isAnswered else { return }
        respond(to: stream, response, answered.request, since: answered.start)
        stopReading(stream)
        if answered.bodyIsComplete { forget(stream) }
        releaseIfFull()
    }

    private func respond(
        to stream: StreamID, _ response: Response, _ request: Request,
        since start: MonotonicTime
    ) {
        let isHead = request.method == .head
        respond(to: stream, response, requestID: request.id, isHead: isHead, asksToStop: false)
        worker.report(
            request, response, requestID: request.id, isHead: isHead, .http2, since: start)
    }

    /// Another client waits for a place.
    private func releaseIfFull() {
        if worker.table.isFull { drain() }
    }

    /// The rest of the body is of no use. The window bounds what may still come; a client that goes
    /// on is asked to stop when it has had time to read the answer, which curl 7.88 forgets where
    /// both come at once.
    private func stopReading(_ stream: StreamID) {
        guard let place = exchanges.index(forKey: stream) else { return }
        collectedBytes -= exchanges.values[place].state.collectedBytes
        exchanges.values[place].since = worker.loop.now
        exchanges.values[place].state.noteAnswer(at: worker.loop.now)
    }

    func waitLonger(for stream: StreamID) {
        exchanges[stream]?.since = worker.loop.now
    }

    private func respond(
        to stream: StreamID, _ response: Response, requestID: String, isHead: Bool,
        asksToStop: Bool
    ) {
        engine.respond(
            to: stream, response, requestID: requestID, date: worker.date, isHead: isHead,
            asksToStop: asksToStop)
    }
}
