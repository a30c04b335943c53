import HTTP
import HTTP2Frames
import Support
import Testing

@testable import HTTPServer

/// How slowly a body may come, and an answer be taken.
@Suite struct TransferPaceTests {
    private static let timeouts: HTTPServerOptions.Timeouts = {
        var timeouts = HTTPServerOptions.Timeouts()
        timeouts.minBodyBytesPerSecond = 10
        timeouts.bodyGrace = .seconds(5)
        return timeouts
    }()

    private static func at(_ milliseconds: Int64) -> MonotonicTime {
        MonotonicTime(nanoseconds: milliseconds * 1_000_000)
    }

    private func deadline(_ pace: TransferPace, atLeast rate: Int = 10) -> MonotonicTime? {
        pace.deadline(atLeast: rate, after: .seconds(5))
    }

    @Test(arguments: [(0, 5000), (50, 5000), (51, 5100), (100, 10_000), (105, 10_500)])
    func eachByteWinsItsTimeAndTheGraceIsTheLeast(bytes: Int, end: Int64) {
        var pace = TransferPace(from: Self.at(1000))
        pace.moved(bytes)
        #expect(deadline(pace) == Self.at(1000 + end))
    }

    @Test func aPauseOfTheReaderIsNotTheClients() {
        var pace = TransferPace(from: Self.at(0))
        pace.pause(at: Self.at(2000))
        pace.pause(at: Self.at(3000))  // it is paused already
        #expect(deadline(pace) == nil)
        pace.resume(at: Self.at(9000))
        #expect(deadline(pace) == Self.at(12_000))
        pace.resume(at: Self.at(10_000))  // it goes on already
        #expect(deadline(pace) == Self.at(12_000))
    }

    @Test func noRateIsNoBoundAndNoLengthIsTooMuch() {
        var pace = TransferPace(from: Self.at(0))
        pace.moved(.max)
        #expect(deadline(pace, atLeast: 1) ?? Self.at(0) > Self.at(1_000_000_000))
        #expect(deadline(pace, atLeast: 0) == nil)
    }

    /// 60 bytes are six seconds' worth, whether the content is collected, read as it comes, or thrown
    /// away behind its answer.
    @Test(arguments: ["/echo", "/read", "/nowhere"], HTTPVersion.current)
    func aBodyThatComesTooSlowlyIsGivenUp(path: String, version: HTTPVersion) async throws {
        try await blocking {
            let fixture = try LoopFixture({ $0.timeouts = Self.timeouts }) { router in
                router.on(.post, "/read", body: .streamed) { request in
                    .later { await countBytes(of: request.body) }
                }
            }
            let (client, connection) = try fixture.connect()
            let message = post(path, bytes: 60, of: 1000, version)
            try client.send(message)
            try fixture.turn { fixture.count(.bytesIn) == message.count }
            if path == "/nowhere", version == .http2 {
                #expect(connection.http2?.exchanges[StreamID(1)]?.state.isAnswered == true)
                return  // who sends on is asked to stop
            }
            fixture.pass(.seconds(6) - .milliseconds(1))
            #expect(fixture.count(.slowBodies) == 0)
            fixture.pass(.milliseconds(1))
            #expect(fixture.count(.slowBodies) == 1)
        }
    }

    /// A byte a second keeps within the time between two parts for ever.
    @Test(arguments: HTTPVersion.current)
    func aTrickleIsGivenUpWhenTheGraceIsOver(version: HTTPVersion) async throws {
        try await blocking {
            let fixture = try LoopFixture({ $0.timeouts = Self.timeouts })
            let (client, _) = try fixture.connect()
            var sent = post("/echo", bytes: 1, of: 1000, version)
            var total = 0
            for second in 1...5 {
                try client.send(sent)
                total += sent.count
                try fixture.turn { fixture.count(.bytesIn) == total }
                #expect(fixture.count(.slowBodies) == 0)
                fixture.pass(.seconds(1))
                #expect(fixture.count(.slowBodies) == (second == 5 ? 1 : 0))
                sent = version == .http2 ? Frame.data(1, "x", ends: false).bytes : [0x78]
            }
        }
    }

    /// The handler takes nothing for an hour; then the client has its six seconds.
    @Test(arguments: HTTPVersion.current)
    func aReaderThatPausesDoesNotCountAgainstItsClient(version: HTTPVersion) async throws {
        try await blocking {
            let gate = Gate()
            let fixture = try LoopFixture({
                $0.timeouts = Self.timeouts
                $0.streamHighWaterBytes = 10
            }) { router in
                router.on(.post, "/gated", body: .streamed) { request in
                    .later {
                        await gate.wait()
                        return await countBytes(of: request.body)
                    }
                }
            }
            let (client, connection) = try fixture.connect()
            let message = post("/gated", bytes: 60, of: 1000, version)
            try client.send(message)
            var isPaused: Bool {
                (connection.http2?.exchanges[StreamID(1)]?.state ?? connection.exchange)?
                    .isStreamPaused == true
            }
            try fixture.turn { isPaused }
            fixture.pass(.seconds(3600))
            #expect(fixture.count(.slowBodies) == 0)
            gate.open()
            try fixture.turn { !isPaused }
            fixture.pass(.seconds(6) - .milliseconds(1))
            #expect(fixture.count(.slowBodies) == 0)
            fixture.pass(.milliseconds(1))
            #expect(fixture.count(.slowBodies) == 1)
        }
    }

    /// A window that opens by so many bytes each ten seconds is progress each time.
    @Test(arguments: [(2400, true), (2399, false)])
    func anAnswerThatIsTakenTooSlowlyIsGivenUp(step: (bytes: Int, isEnough: Bool)) async throws {
        try await blocking {
            let fixture = try LoopFixture(routes: { router in
                router.on(.get, "/page") { _ in
                    .now(Response(body: [UInt8](repeating: 0x78, count: 100_000)))
                }
            })
            let (client, connection) = try fixture.connect()
            try client.send(
                Frame.start([(4, 0)]) + Frame.headers(1, Frame.request("/page")).bytes)
            try fixture.turn { (connection.http2?.engine.unsentBytes ?? 0) > 0 }
            fixture.turn(untilStill: { connection.output.count })
            for _ in 1...12 where connection.phase != .closed {
                let update = Frame.windowUpdate(1, UInt32(step.bytes)).bytes
                try client.send(update)
                fixture.waitForInput(update.count, of: connection)
                fixture.turn()
                fixture.pass(.seconds(10) - .milliseconds(1))
            }
            #expect((connection.phase == .open) == step.isEnough)
            #expect(fixture.count(.slowReaders) == (step.isEnough ? 0 : 1))
        }
    }

    /// Over HTTP/1.1 what the kernel takes is progress, a lump at a time: each byte wins its two
    /// microseconds. The last piece is read at 30 seconds, so that the pause isn't what ends it.
    @Test func anAnswerHasTheTimeThatItsBytesWin() async throws {
        try await blocking {
            let fixture = try LoopFixture({ $0.timeouts.minAnswerBytesPerSecond = 500_000 }) {
                $0.on(.get, "/page") { _ in
                    .now(Response(body: [UInt8](repeating: 0x78, count: 32_000_000)))
                }
            }
            let (client, connection) = try fixture.connect()
            try client.send(get("/page"))
            try fixture.turn { fixture.count(.bytesOut) > 0 }
            // What the kernel took at once is no progress: nobody had waited yet.
            let (start, before) = (fixture.clock.now(), fixture.count(.bytesOut))
            var moved: Int { fixture.count(.bytesOut) - before }
            for step in 1...4 {
                while moved < step * 5_000_000 {
                    try fixture.turn { client.hasInput(within: 0) }
                    let piece = try client.receiveBytes()
                    try #require(!piece.isEmpty)
                    fixture.turn()
                }
                fixture.pass(.seconds(10) - .milliseconds(1))
                #expect(connection.phase == .open)
            }
            var known = 0
            repeat {  // once more where the kernel had room that it hadn't told of
                known = moved
                let end = start + Duration.microseconds(2 * known)
                fixture.pass(end - fixture.clock.now() - .milliseconds(1))
                #expect(connection.phase == .open)
                fixture.pass(.milliseconds(1))
            } while connection.phase == .open && moved > known
            #expect(connection.phase == .closed)
            #expect(fixture.count(.slowReaders) == 1)
            withExtendedLifetime(client) {}
        }
    }
}
