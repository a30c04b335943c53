import HTTP
import HTTP2Frames
import Testing

/// What is refused over HTTP/2 is counted by its reason, once.
@Suite struct HTTP2RefusalTests {
    private func refusals(
        _ frames: [Frame], _ configure: (inout HTTPLimits) -> Void = { _ in }
    ) -> [HTTP2Refusal] {
        refusals(Frame.start() + frames.flatMap(\.bytes), configure)
    }

    private func refusals(
        _ bytes: [UInt8], _ configure: (inout HTTPLimits) -> Void = { _ in }
    ) -> [HTTP2Refusal] {
        var limits = HTTPLimits()
        configure(&limits)
        let (engine, reader) = (HTTP2Engine(limits: limits), FrameReader())
        engine.receive(bytes)
        while engine.next() != nil {}
        _ = engine.takeFrames(reader)
        let refusals = engine.takeRefusals()
        #expect(engine.takeRefusals().isEmpty)
        return refusals
    }

    private func post(_ stream: UInt32) -> Frame {
        .headers(stream, Frame.request("/", method: "POST"), ends: false)
    }

    @Test func eachLimitOfAConnectionHasItsReason() {
        let pings = [Frame](repeating: .ping(), count: 5)
        #expect(refusals(pings) { $0.http2.maxIdleFrames = 3 } == [.connection(.idleFrames)])
        #expect(
            refusals(pings) { $0.http2.maxOutboundAcknowledgements = 3 }
                == [.connection(.acknowledgements)])
        let continued =
            [Frame.headers(1, Frame.request("/"), isWhole: false)]
            + (0..<3).map { Frame.continuation(1, [("x\($0)", "y")], isWhole: $0 == 2) }
        #expect(
            refusals(continued) { $0.http2.maxContinuations = 2 }
                == [.connection(.continuations)])
        let settings = Frame.settings((0..<3).map { (UInt16(0x90 + $0), 1) })
        #expect(refusals([settings]) { $0.http2.maxSettings = 2 } == [.connection(.settings)])
        let resets = (0..<4).flatMap { number in
            let stream = UInt32(2 * number + 1)
            return [post(stream), .resetStream(stream)]
        }
        let ended = refusals(resets) {
            $0.http2.resetBurst = 3
            $0.http2.resetsPerSecond = 0
        }
        #expect(ended == [.connection(.resets)])
        let fields = (0..<80).map { _ in ("x", String(repeating: "a", count: 20)) }
        #expect(
            refusals([.headers(1, Frame.request("/", fields))]) { $0.maxHeaderBytes = 1000 }
                == [.connection(.fields)])
    }

    @Test func aBrokenProtocolHasItsReason() {
        #expect(refusals([.windowUpdate(0, 0)]) == [.connection(.protocolError)])
        #expect(refusals([.data(1, "a")]) == [.connection(.protocolError)])
        let noPreface = Array("PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n".utf8)
        #expect(refusals(noPreface) == [.connection(.protocolError)])
    }

    @Test func eachStreamHasItsReason() {
        #expect(
            refusals([post(1), post(3), post(5)]) { $0.http2.maxConcurrentStreams = 2 }
                == [.stream(.concurrentStreams)])
        #expect(
            refusals([.headers(1, Frame.request("/", [("Bad", "x")]))]) == [.stream(.malformed)])
        #expect(refusals([post(1), .windowUpdate(1, 0x7FFF_FFFF)]) == [.stream(.flowControl)])
    }

    @Test func aStreamThatItsServerRefusesHasAReasonOfItsOwn() {
        var limits = HTTPLimits()
        limits.http2.maxConcurrentStreams = 2
        let (engine, reader) = (HTTP2Engine(limits: limits), FrameReader())
        engine.receive(Frame.start() + post(1).bytes + post(3).bytes)
        engine.reset(StreamID(1), .refusedStream)
        _ = engine.takeFrames(reader)
        #expect(engine.takeRefusals() == [.stream(.runningHandlers)])
    }

    /// An end in good order, a client that is late, and a request that is answered are no refusals.
    @Test func nothingElseCounts() {
        #expect(refusals([.headers(1, Frame.request("/")), .resetStream(1)]).isEmpty)
        let (engine, reader) = (HTTP2Engine(limits: HTTPLimits()), FrameReader())
        engine.receive(Frame.start() + post(1).bytes)
        engine.respond(
            to: StreamID(1), Response(text: "no"), requestID: "r", date: [], isHead: false,
            asksToStop: true)
        _ = engine.takeFrames(reader)
        engine.announceShutdown()
        engine.shutDown()
        _ = engine.takeFrames(reader)
        engine.end(because: .enhanceYourCalm)
        _ = engine.takeFrames(reader)
        #expect(engine.takeRefusals().isEmpty)
    }
}
