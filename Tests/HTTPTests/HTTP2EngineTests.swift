import HTTP
import HTTP2Frames
import Testing

@Suite struct HTTP2EngineTests {
    @Test(arguments: goodHTTP2)
    func readsGoodRequests(_ request: HTTP2Case) {
        let trace = http2Trace(request.frames)
        #expect(trace.events == request.expected)
        #expect(trace.error == nil)
    }

    @Test(arguments: badHTTP2Requests + badHTTP2Connections)
    func refusesWhatIsBad(_ request: HTTP2Case) {
        #expect(http2Trace(request.frames).error == request.expected.first)
    }

    @Test(arguments: goodHTTP2)
    func everyCutGivesTheSameEvents(_ request: HTTP2Case) {
        let bytes = request.bytes
        let whole = http2Trace([bytes[...]])
        for cut in bytes.indices {
            #expect(http2Trace([bytes[..<cut], bytes[cut...]]) == whole, "cut at \(cut)")
        }
        #expect(http2Trace(bytes.indices.map { bytes[$0...$0] }) == whole, "byte by byte")
    }

    @Test(arguments: badHTTP2Requests + badHTTP2Connections)
    func everyCutGivesTheSameError(_ request: HTTP2Case) {
        let bytes = request.bytes
        let whole = http2Trace([bytes[...]])
        let stride = max(1, bytes.count / 512)
        for cut in Swift.stride(from: 0, to: bytes.count, by: stride) {
            let trace = http2Trace([bytes[..<cut], bytes[cut...]])
            #expect(trace.error == whole.error, "cut at \(cut)")
        }
        let bytewise = bytes.indices.map { bytes[$0...$0] }
        #expect(http2Trace(bytewise).error == whole.error, "byte by byte")
        let early = http2Trace(bytewise, sendsEarly: true)
        #expect(early.error == whole.error, "byte by byte, sent at once")
    }

    @Test(arguments: [
        (Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + Frame.ping().bytes, "goaway 1"),
        (Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\rx".utf8), "goaway 1"),
    ])
    func wantsThePrefaceAndSettingsFirst(bytes: [UInt8], error: String) {
        #expect(http2Trace([bytes[...]]).error == error)
    }

    /// RFC 9113 section 3.4; 9 turns the tree of RFC 7540 off (RFC 9218 section 2.1).
    @Test func saysItsLimitsFirst() {
        var limits = HTTPLimits()
        limits.maxHeaderBytes = 5000
        limits.http2.maxConcurrentStreams = 7
        limits.http2.streamWindowBytes = 70_000
        limits.http2.connectionWindowBytes = 100_000
        let frames = HTTP2Engine(limits: limits).takeFrames(FrameReader())
        #expect(frames.map(\.description) == ["settings", "window 0 34465"])
        let settings = Frame.settings([(3, 7), (4, 70_000), (6, 5000), (9, 1)])
        #expect(frames.first?.frame.bytes == settings.bytes)
    }

    /// RFC 9113 would have the connection end; libnghttp2 passes both over.
    @Test(arguments: [
        [.headers(3, Frame.request("/b")), .headers(1, Frame.request("/a"))],
        [.headers(3, Frame.request("/b")), Frame(2, stream: 0, [0, 0, 0, 1, 0])],
    ])
    func makesNoRequestOfAFrameThatIsPassedOver(frames: [Frame]) {
        #expect(http2Trace(frames).events == ["head 3 GET /b none [host=h]", "end 3"])
    }

    @Test func anErrorOfOneStreamLeavesTheOthers() {
        let trace = http2Trace([
            .headers(1, Frame.request("/", [("Bad", "x")])), .headers(3, Frame.request("/")),
        ])
        #expect(trace.events == ["head 3 GET / none [host=h]", "end 3", "closed 1"])
        #expect(trace.error == "reset 1 1")
    }

    @Test func nothingComesOutAfterAConnectionError() {
        let trace = http2Trace([.windowUpdate(0, 0), .headers(1, Frame.request("/"))])
        #expect(trace.events == [])
        #expect(trace.frames.last == "goaway 1")
    }

    @Test func answersWithFieldsAndContent() {
        let (engine, reader) = (HTTP2Engine(limits: HTTPLimits()), FrameReader())
        engine.receive(Frame.start() + Frame.headers(1, Frame.request("/")).bytes)
        respond(engine, to: 1, Response(text: "hello"))
        let frames = engine.takeFrames(reader)
        #expect(
            frames.map(\.description).suffix(2) == ["headers 1 200", "data 1 5 end"])
        let head = frames.first { $0.frame.type == 1 }
        #expect(head?["content-type"] == "text/plain; charset=utf-8")
        #expect(head?["content-length"] == "5")
        #expect(head?["x-request-id"] == "id")
        #expect(head?["date"] == "now")
        #expect(frames.last?.text == "hello")
    }

    @Test(arguments: [(true, Status.ok), (false, .noContent), (false, .notModified)])
    func sendsNoContentWhereThereIsNone(isHead: Bool, status: Status) {
        let (engine, reader) = (HTTP2Engine(limits: HTTPLimits()), FrameReader())
        engine.receive(Frame.start() + Frame.headers(1, Frame.request("/")).bytes)
        respond(engine, to: 1, Response(status: status, body: [1, 2]), isHead: isHead)
        let frames = engine.takeFrames(reader)
        #expect(frames.last?.description == "headers 1 \(status.code) end")
        #expect(frames.last?["content-length"] == (isHead ? "2" : nil))
    }

    @Test func sendsNoMoreThanTheWindowAllows() {
        let (engine, reader) = (HTTP2Engine(limits: HTTPLimits()), FrameReader())
        engine.receive(Frame.start([(4, 10)]) + Frame.headers(1, Frame.request("/")).bytes)
        respond(engine, to: 1, Response(body: [UInt8](repeating: 0x78, count: 25)))
        #expect(engine.takeFrames(reader).last?.description == "data 1 10")
        #expect(engine.unsentBytes == 15)
        engine.receive(Frame.windowUpdate(1, 14).bytes)
        #expect(engine.takeFrames(reader).map(\.description) == ["data 1 14"])
        engine.receive(Frame.windowUpdate(1, 1).bytes)
        #expect(engine.takeFrames(reader).map(\.description) == ["data 1 1 end"])
        #expect(engine.unsentBytes == 0)
    }

    /// The answers are ready in the order of their streams, and wait together.
    @Test(arguments: prioritizedHTTP2)
    func sendsByPriority(_ request: HTTP2Case) {
        let (engine, reader) = (HTTP2Engine(limits: HTTPLimits()), FrameReader())
        engine.receive(request.bytes)
        for stream: Int32 in [1, 3] {
            respond(engine, to: stream, Response(body: [UInt8](repeating: 0x78, count: 20_000)))
        }
        let data = engine.takeFrames(reader).filter { $0.frame.type == 0 }
        #expect(data.map { "\($0.frame.stream)" } == request.expected)
    }

    @Test func windowsOpenAsContentIsTaken() {
        var limits = HTTPLimits()
        limits.http2.streamWindowBytes = 1000
        let (engine, reader) = (HTTP2Engine(limits: limits), FrameReader())
        let head = Frame.headers(1, Frame.request("/", method: "POST"), ends: false)
        engine.receive(Frame.start() + Frame.settingsAcknowledged.bytes + head.bytes)
        engine.receive(Frame.data(1, String(repeating: "x", count: 1000), ends: false).bytes)
        #expect(!engine.takeFrames(reader).contains { $0.description.hasPrefix("window 1") })
        engine.consume(1000, of: StreamID(1))
        #expect(engine.takeFrames(reader).map(\.description) == ["window 1 1000"])
    }

    @Test func asksTheClientToStopBehindAnEarlyAnswer() {
        let (engine, reader) = (HTTP2Engine(limits: HTTPLimits()), FrameReader())
        let head = Frame.headers(1, Frame.request("/", method: "POST"), ends: false)
        engine.receive(Frame.start() + head.bytes)
        respond(engine, to: 1, Response(text: "no"), asksToStop: true)
        #expect(
            engine.takeFrames(reader).map(\.description).suffix(3)
                == ["headers 1 200", "data 1 2 end", "reset 1 0"])
    }

    @Test func answersAPingAndARequestForContinue() {
        let (engine, reader) = (HTTP2Engine(limits: HTTPLimits()), FrameReader())
        let head = Frame.headers(
            1, Frame.request("/", method: "POST", [("expect", "100-continue")]), ends: false)
        engine.receive(Frame.start() + Frame.ping(7).bytes + head.bytes)
        guard case .head(_, let read) = engine.next() else {
            Issue.record("no head")
            return
        }
        #expect(read.expectsContinue)
        engine.sendContinue(on: StreamID(1))
        let frames = engine.takeFrames(reader)
        let ping = frames.first { $0.description == "ping ack" }
        #expect(ping?.frame.payload == [UInt8](repeating: 7, count: 8))
        #expect(frames.last?.description == "headers 1 100")
    }

    @Test func shutsDownInTwoSteps() {
        let (engine, reader) = (HTTP2Engine(limits: HTTPLimits()), FrameReader())
        engine.receive(Frame.start() + Frame.headers(1, Frame.request("/")).bytes)
        engine.announceShutdown()
        let notice = engine.takeFrames(reader)
        #expect(notice.map(\.description).suffix(2) == ["window 0 983041", "goaway 0"])
        #expect(notice.contains { $0.description == "ping" })
        #expect(notice.last?.lastStream == 0x7FFF_FFFF)
        engine.receive(Frame.headers(3, Frame.request("/")).bytes)
        engine.receive(Frame.ping(acknowledges: true).bytes)
        engine.shutDown()
        let final = engine.takeFrames(reader)
        #expect(final.map(\.description) == ["goaway 0"])
        #expect(final.first?.lastStream == 3)
        engine.receive(Frame.headers(5, Frame.request("/")).bytes)
        var trace = HTTP2Trace()
        engine.takeEvents(into: &trace)
        #expect(!trace.events.contains { $0.hasPrefix("head 5") })
        respond(engine, to: 1, Response())
        respond(engine, to: 3, Response())
        #expect(!engine.isFinished)
        _ = engine.takeFrames(reader)
        #expect(engine.isFinished)
    }

    @Test func goesOnFromAnUpgrade() {
        var http1 = HTTP1Engine(limits: HTTPLimits())
        Array("GET /a HTTP/1.1\r\nHost: h\r\n\r\n".utf8).withUnsafeBytes { http1.receive($0) }
        guard case .head(let head) = http1.next(),
            let engine = HTTP2Engine(
                upgrading: head, settings: [0, 4, 0, 0, 0, 3], limits: HTTPLimits())
        else {
            Issue.record("no upgrade")
            return
        }
        var trace = HTTP2Trace()
        engine.takeEvents(into: &trace)
        #expect(trace.events == [])
        engine.receive(Frame.start())
        engine.takeEvents(into: &trace)
        #expect(trace.events == ["head 1 GET /a none [Host=h]", "end 1"])
        respond(engine, to: 1, Response(text: "hello"))
        let reader = FrameReader()
        #expect(engine.takeFrames(reader).last?.description == "data 1 3")
        engine.receive(Frame.windowUpdate(1, 2).bytes)
        #expect(engine.takeFrames(reader).last?.description == "data 1 2 end")
        #expect(HTTP2Engine(upgrading: head, settings: [0, 4, 0], limits: HTTPLimits()) == nil)
    }

    private func respond(
        _ engine: HTTP2Engine, to stream: Int32, _ response: Response, isHead: Bool = false,
        asksToStop: Bool = false
    ) {
        while engine.next() != nil {}
        engine.respond(
            to: StreamID(stream), response, requestID: "id", date: Array("now".utf8),
            isHead: isHead, asksToStop: asksToStop)
    }
}
