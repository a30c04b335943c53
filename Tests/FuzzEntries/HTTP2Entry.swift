import HTTP

/// A client's bytes behind its preface, while the server answers, consumes, resets and at last
/// shuts down: the engine lives, and what comes out keeps the order of a request.
///
/// The first byte chooses the cuts and what the server does.
func fuzzHTTP2(_ bytes: [UInt8]) {
    guard let choice = bytes.first else { return }
    let engine = HTTP2Engine(limits: limits)
    var server = HTTP2Server(
        answers: choice & 1 != 0, consumes: choice & 2 != 0, maxHeaderCount: limits.maxHeaderCount)
    var input = choice & 4 != 0 ? Array(bytes.dropFirst()) : start + bytes.dropFirst()
    let count = choice & 8 != 0 ? Int(choice >> 4) + 1 : input.count
    while !input.isEmpty {
        input.prefix(count).withUnsafeBytes { engine.receive($0) }
        input.removeFirst(min(count, input.count))
        server.serve(engine)
    }
    if choice & 16 != 0 {
        engine.announceShutdown()
        server.serve(engine)
        engine.shutDown()
        server.serve(engine)
    }
    precondition(server.output.count <= 1 << 20, "\(server.output.count) bytes of output")
}

/// The same for an engine that goes on from a request of HTTP/1.1, which has so many fields at most.
func serveHTTP2(_ bytes: [UInt8], _ engine: HTTP2Engine, maxHeaderCount: Int) {
    var server = HTTP2Server(answers: true, consumes: true, maxHeaderCount: maxHeaderCount)
    server.serve(engine)
    (start + bytes).withUnsafeBytes { engine.receive($0) }
    server.serve(engine)
}

/// The preface and empty SETTINGS.
private let start = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + [0, 0, 0, 4, 0, 0, 0, 0, 0]

/// Small, so that short inputs reach them.
private let limits: HTTPLimits = {
    var limits = HTTPLimits()
    limits.maxHeaderCount = 8
    limits.maxHeaderBytes = 1024
    limits.maxRequestLineBytes = 64
    limits.http2.maxConcurrentStreams = 4
    limits.http2.maxContinuations = 2
    limits.http2.maxSettings = 4
    limits.http2.maxOutboundAcknowledgements = 8
    limits.http2.resetBurst = 4
    limits.http2.maxIdleFrames = 16
    return limits
}()

/// What the server does with an engine's events, and the order that it may rely on.
private struct HTTP2Server {
    let answers: Bool
    let consumes: Bool
    let maxHeaderCount: Int
    private(set) var output: [UInt8] = []
    /// Streams whose head has come, or failed to.
    private var begun: Set<StreamID> = []
    private var ended: Set<StreamID> = []
    /// Streams that ask for a head only.
    private var heads: Set<StreamID> = []
    private var closed: Set<StreamID> = []

    init(answers: Bool, consumes: Bool, maxHeaderCount: Int) {
        self.answers = answers
        self.consumes = consumes
        self.maxHeaderCount = maxHeaderCount
    }

    mutating func serve(_ engine: HTTP2Engine) {
        while let event = engine.next() { handle(event, engine) }
        engine.appendOutput(to: &output, upTo: output.count + 4096)
        while let event = engine.next() { handle(event, engine) }
    }

    private mutating func handle(_ event: HTTP2Engine.Event, _ engine: HTTP2Engine) {
        switch event {
        case .head(let stream, let head):
            // One more: :authority is the Host.
            precondition(head.fields.count <= maxHeaderCount + 1, "too many fields")
            precondition(begun.insert(stream).inserted, "two heads on one stream")
            if head.method == .head { heads.insert(stream) }
            if head.expectsContinue { engine.sendContinue(on: stream) }
        case .body(let stream, let part):
            precondition(isOpen(stream) && !part.isEmpty, "a body out of order")
            // A reader that catches up late gives the stream's window back by itself.
            if consumes, part.count % 2 == 0 {
                engine.discard(part.count)
                engine.consumeHeld(part.count, of: stream)
            } else if consumes {
                engine.consume(part.count, of: stream)
            } else {
                engine.discard(part.count)
            }
        case .end(let stream):
            precondition(isOpen(stream) && ended.insert(stream).inserted, "an end out of order")
            respond(to: stream, engine, asksToStop: false)
        case .failed(let stream, let problem, _):
            precondition((400...599).contains(problem.status.code), "\(problem.status.code)")
            precondition(!closed.contains(stream), "a failure out of order")
            begun.insert(stream)
            respond(to: stream, engine, asksToStop: true)
        case .closed(let stream):
            precondition(closed.insert(stream).inserted, "closed twice")
        case .shutdownSeen: break
        }
    }

    private func isOpen(_ stream: StreamID) -> Bool {
        begun.contains(stream) && !ended.contains(stream) && !closed.contains(stream)
    }

    private func respond(to stream: StreamID, _ engine: HTTP2Engine, asksToStop: Bool) {
        guard answers else { return engine.reset(stream, .cancel) }
        engine.respond(
            to: stream, Response(text: "answer"), requestID: "id",
            date: Array("Sat, 21 Nov 2026 00:00:00 GMT".utf8), isHead: heads.contains(stream),
            asksToStop: asksToStop)
    }
}
