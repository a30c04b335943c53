import Foundation
import HTTP
import HTTP2Frames
import Testing

/// Each limit at its value, and one above it.
@Suite struct HTTP2LimitsTests {
    @Test(arguments: [(2, nil), (3, "reset 5 7")] as [(Int, String?)])
    func boundsTheStreams(count: Int, error: String?) {
        let frames = (0..<count).map {
            Frame.headers(UInt32(2 * $0 + 1), Frame.request("/", method: "POST"), ends: false)
        }
        expect(frames, error) { $0.http2.maxConcurrentStreams = 2 }
    }

    @Test(arguments: [(0, nil), (1, "failed 1 431")] as [(Int, String?)])
    func boundsTheFieldSection(excess: Int, error: String?) {
        // :method GET, :scheme http, :path /, :authority h, x …: 41 + 11 + 6 + 11 + 1 and 5 times 32
        let size = 10 + 11 + 6 + 11 + 21 + 5 * 32
        let fields = Frame.request("/", [("x", String(repeating: "a", count: 20 + excess))])
        expect([.headers(1, fields)], error) { $0.maxHeaderBytes = size }
    }

    /// A byte can stand for a field of 4 KiB: what is far too much isn't even read on.
    @Test(arguments: [(72, "failed 1 431"), (73, "goaway 11")] as [(Int, String?)])
    func endsAConnectionWithFourTimesTheFields(count: Int, error: String?) {
        // The pseudo-header fields take 166, each of the others 53.
        let fields = (0..<count).map { _ in ("x", String(repeating: "a", count: 20)) }
        expect([.headers(1, Frame.request("/", fields))], error) { $0.maxHeaderBytes = 1000 }
    }

    @Test(arguments: [(2, nil), (3, "failed 1 431")] as [(Int, String?)])
    func boundsTheNumberOfFields(count: Int, error: String?) {
        let more = (0..<count).map { ("x\($0)", "y") }
        expect([.headers(1, Frame.request("/", more))], error) { $0.maxHeaderCount = 6 }
    }

    @Test(arguments: [(2, nil), (3, "failed 1 431")] as [(Int, String?)])
    func boundsTheTrailers(count: Int, error: String?) {
        let head = Frame.headers(1, Frame.request("/", method: "POST"), ends: false)
        let trailers = (0..<count).map { ("x\($0)", "y") } + [("a", "b"), ("c", "d")]
        expect([head, .headers(1, trailers)], error) { $0.maxHeaderCount = 4 }
    }

    /// Each field counts 32 more than its name and value; the head is smaller.
    @Test(arguments: [(0, nil), (1, "failed 1 431")] as [(Int, String?)])
    func boundsTheTrailersBytes(excess: Int, error: String?) {
        let head = Frame.headers(1, Frame.request("/", method: "POST"), ends: false)
        let trailers = [
            ("a", "b"), ("x", String(repeating: "a", count: 300 - 2 - 1 - 64 + excess)),
        ]
        expect([head, .headers(1, trailers)], error) { $0.maxHeaderBytes = 300 }
    }

    @Test(arguments: [(0, nil), (1, "failed 1 414")] as [(Int, String?)])
    func boundsThePath(excess: Int, error: String?) {
        let path = "/" + String(repeating: "a", count: 9 + excess)
        expect([.headers(1, Frame.request(path))], error) { $0.maxRequestLineBytes = 10 }
    }

    @Test(arguments: [(2, nil), (3, "goaway 11")] as [(Int, String?)])
    func boundsTheContinuations(count: Int, error: String?) {
        let more = (1...count).map {
            Frame.continuation(1, [("x\($0)", "y")], isWhole: $0 == count)
        }
        expect([.headers(1, Frame.request("/"), isWhole: false)] + more, error) {
            $0.http2.maxContinuations = 2
        }
    }

    @Test(arguments: [(2, nil), (3, "goaway 11")] as [(Int, String?)])
    func boundsTheSettings(count: Int, error: String?) {
        expect([.settings((0..<count).map { (UInt16(0x90 + $0), 1) })], error) {
            $0.http2.maxSettings = 2
        }
    }

    /// The client's first SETTINGS waits for its acknowledgement too.
    @Test(arguments: [(3, nil), (4, "goaway 11")] as [(Int, String?)])
    func boundsTheAcknowledgements(count: Int, error: String?) {
        expect(.init(repeating: .ping(), count: count), error) {
            $0.http2.maxOutboundAcknowledgements = 4
        }
    }

    @Test(arguments: [(3, nil), (4, "goaway 2")] as [(Int, String?)])
    func boundsTheResets(count: Int, error: String?) {
        let frames = (0..<count).flatMap { number in
            let stream = UInt32(2 * number + 1)
            return [
                Frame.headers(stream, Frame.request("/", method: "POST"), ends: false),
                .resetStream(stream),
            ]
        }
        expect(frames, error) {
            $0.http2.resetBurst = 3
            $0.http2.resetsPerSecond = 0
        }
    }

    /// The library counts by the system's clock, in whole seconds, so this one test waits for it.
    @Test(arguments: [(3, nil), (0, "goaway 2")] as [(Int, String?)])
    func resetsComeBackWithTime(perSecond: Int, error: String?) {
        var limits = HTTPLimits()
        limits.http2.resetBurst = 3
        limits.http2.resetsPerSecond = perSecond
        let (engine, reader) = (HTTP2Engine(limits: limits), FrameReader())
        var trace = HTTP2Trace()
        engine.receive(Frame.start())
        for stream in UInt32(0)..<6 {
            if stream == 3 { Thread.sleep(forTimeInterval: 1.05) }
            let head = Frame.headers(
                2 * stream + 1, Frame.request("/", method: "POST"), ends: false)
            engine.receive(head.bytes + Frame.resetStream(2 * stream + 1).bytes)
            engine.takeEvents(into: &trace)
            trace.frames += engine.takeFrames(reader).map(\.description)
        }
        #expect(trace.error == error)
    }

    @Test(arguments: [
        Frame.ping(), .settings(), .windowUpdate(0, 1), Frame(2, stream: 9, [0, 0, 0, 0, 0]),
        Frame(0xBB, [1]), Frame(0xFA), .data(1, "", ends: false), .data(1, "x", ends: false),
        Frame(0, flags: Frame.padded, stream: 1, [1, 0]),
    ])
    func boundsTheFramesThatBringNothing(frame: Frame) {
        let head = Frame.headers(1, Frame.request("/", method: "POST"), ends: false)
        for (count, error) in [(5, nil), (6, "goaway 11")] as [(Int, String?)] {
            let frames = [head] + .init(repeating: frame, count: count)
            expect(frames, error) { $0.http2.maxIdleFrames = 5 }
        }
    }

    /// One is the client's first SETTINGS.
    @Test(arguments: [(4, nil), (5, "goaway 11")] as [(Int, String?)])
    func boundsTheRequestsThatAreMalformed(count: Int, error: String?) {
        let frames = (0..<count).map {
            Frame.headers(UInt32(2 * $0 + 1), Frame.request("/", [("Bad", "x")]))
        }
        expect(frames, error ?? "reset \(2 * count - 1) 1") { $0.http2.maxIdleFrames = 5 }
    }

    /// One is the client's first SETTINGS, one the request's HEADERS.
    @Test func aRequestExcusesTheFramesBeforeIt() {
        let pings = [Frame](repeating: .ping(), count: 3)
        let requests = [1, 3].map { Frame.headers($0, Frame.request("/")) }
        expect(pings + [requests[0]] + pings + [requests[1]] + pings, nil) {
            $0.http2.maxIdleFrames = 5
        }
    }

    @Test(arguments: [(10, nil), (9, "goaway 11")] as [(Int, String?)])
    func soMuchContentExcusesTheFramesBeforeIt(bytes: Int, error: String?) {
        let head = Frame.headers(1, Frame.request("/", method: "POST"), ends: false)
        let content = Frame.data(1, String(repeating: "x", count: bytes), ends: false)
        let pings = [Frame](repeating: .ping(), count: 4)
        expect([head] + pings + [content] + pings, error) {
            $0.http2.maxIdleFrames = 5
            $0.http2.excusingContentBytes = 10
        }
    }

    /// What is sent excuses as well: an answer to a request that came before the frames.
    @Test(arguments: [(10, nil), (9, "goaway 11")] as [(Int, String?)])
    func soMuchOfAnAnswerExcusesTheFramesBeforeIt(bytes: Int, error: String?) {
        var limits = HTTPLimits()
        limits.http2.maxIdleFrames = 5
        limits.http2.excusingContentBytes = 10
        let (engine, reader) = (HTTP2Engine(limits: limits), FrameReader())
        var trace = HTTP2Trace()
        let pings = [Frame](repeating: .ping(), count: 4).flatMap(\.bytes)
        engine.receive(Frame.start() + Frame.headers(1, Frame.request("/")).bytes + pings)
        engine.takeEvents(into: &trace)
        engine.respond(
            to: StreamID(1), Response(body: .init(repeating: 0x78, count: bytes)), requestID: "r",
            date: [], isHead: false, asksToStop: false)
        trace.frames += engine.takeFrames(reader).map(\.description)
        engine.receive(pings)
        trace.frames += engine.takeFrames(reader).map(\.description)
        #expect(trace.error == error)
    }

    @Test(arguments: [(1000, nil), (1001, "reset 1 3")] as [(Int, String?)])
    func boundsWhatAStreamMaySendAhead(bytes: Int, error: String?) {
        let head = Frame.headers(1, Frame.request("/", method: "POST"), ends: false)
        let content = Frame.data(1, String(repeating: "x", count: bytes), ends: false)
        expect([.settingsAcknowledged, head, content], error) { $0.http2.streamWindowBytes = 1000 }
    }

    @Test(arguments: [(0, nil), (1, "goaway 3")] as [(Int, String?)])
    func boundsWhatAllStreamsMaySendAhead(excess: Int, error: String?) {
        let frames = (0..<7).flatMap { number in
            let (stream, count) = (UInt32(2 * number + 1), number < 6 ? 15_000 : 10_000 + excess)
            return [
                Frame.headers(stream, Frame.request("/", method: "POST"), ends: false),
                .data(stream, String(repeating: "x", count: count), ends: false),
            ]
        }
        expect(frames, error) { $0.http2.connectionWindowBytes = 100_000 }
    }

    private func expect(
        _ frames: [Frame], _ error: String?, _ configure: (inout HTTPLimits) -> Void
    ) {
        var limits = HTTPLimits()
        configure(&limits)
        #expect(http2Trace(frames, limits: limits).error == error)
    }
}
