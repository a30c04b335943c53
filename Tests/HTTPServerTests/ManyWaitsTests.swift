import HTTP
import HTTP2Frames
import Sockets
import Testing

@testable import HTTPServer

/// A connection that waits for several things at once: none of them puts another off, and none has
/// the loop go in circles.
@Suite(.timeLimit(.minutes(5)))
struct ManyWaitsTests {
    private let timeouts = HTTPServerOptions.Timeouts()

    /// A client that reads nothing of an answer that doesn't fit, and then sends more.
    private static func withBlockedClient(
        _ more: [Frame], _ body: (LoopFixture, TestClient, Connection) throws -> Void
    ) throws {
        let fixture = try LoopFixture(routes: { router in
            router.on(.get, "/large") { _ in
                .now(Response(body: [UInt8](repeating: 0x78, count: 50_000_000)))
            }
        })
        let (client, connection) = try fixture.connect()
        let large: UInt32 = 1 << 30
        let frames = [.windowUpdate(0, large), .headers(1, Frame.request("/large"))] + more
        try client.send(Frame.start([(4, large)]) + frames.flatMap(\.bytes))
        try fixture.turn { connection.exchangeCount > 0 && !connection.output.isEmpty }
        fixture.turn(untilStill: { connection.output.count })
        try body(fixture, client, connection)
    }

    @Test func halfAHeadDoesNotExcuseAClientThatDoesNotRead() async throws {
        try await blocking {
            let half = Frame.headers(
                3, Frame.request("/echo", method: "POST"), isWhole: false)
            try Self.withBlockedClient([half]) { fixture, _, connection in
                fixture.pass(timeouts.head)
                fixture.pass(timeouts.write - timeouts.head - .milliseconds(1))
                #expect(connection.phase != .closed)
                fixture.pass(.milliseconds(1))
                #expect(connection.phase == .closed)
                #expect(fixture.count(.slowReaders) == 1)
            }
        }
    }

    /// Each head begun would be a new wait.
    @Test func headsThatAreBegunAndEndedDoNotPutTheEndOff() async throws {
        try await blocking {
            try Self.withBlockedClient([]) { fixture, client, connection in
                let head = Frame.request("/hello", method: "HEAD")
                for stream: UInt32 in [3, 5, 7] where connection.phase != .closed {
                    let begun = Frame.headers(stream, head, isWhole: false)
                    try client.send(begun.bytes)
                    fixture.waitForInput(begun.bytes.count, of: connection)
                    fixture.pass(timeouts.write / 3)
                    guard connection.phase != .closed else { break }
                    try client.send(Frame.continuation(stream, []).bytes)
                    fixture.turn()
                }
                fixture.pass(.milliseconds(1))
                #expect(connection.phase == .closed)
            }
        }
    }

    /// The rest of a body that is refused isn't waited for, though the reset can't be sent.
    @Test func aResetThatCannotBeSentIsNotTriedForEver() async throws {
        try await blocking {
            let refused = Frame.headers(
                3, Frame.request("/nowhere", method: "POST"), ends: false)
            try Self.withBlockedClient([refused]) { fixture, _, connection in
                fixture.pass(timeouts.linger)
                // Not overdue again at once.
                let exchange = connection.http2?.exchanges[StreamID(3)]
                #expect(exchange?.since == fixture.worker.loop.now)
                fixture.pass(timeouts.write - timeouts.linger)
                #expect(connection.phase == .closed)
            }
        }
    }

    /// Uploads whose handlers wait take up their own windows, not the connection's.
    @Test func uploadsThatWaitLeaveRoomForOthers() async throws {
        try await blocking {
            let gate = Gate()
            let fixture = try LoopFixture(routes: { router in
                router.on(.post, "/held", body: .streamed) { request in
                    .later {
                        await gate.wait()
                        return await countBytes(of: request.body)
                    }
                }
            })
            let (client, connection) = try fixture.connect()
            // With the acknowledgement, the windows are the server's.
            try client.send(Frame.start() + Frame.settingsAcknowledged.bytes)
            let part = String(repeating: "x", count: 16_384)
            let window = HTTP2Limits().streamWindowBytes
            for stream: UInt32 in stride(from: 1, through: 11, by: 2) {
                let head = Frame.headers(
                    stream, Frame.request("/held", method: "POST"), ends: false)
                try client.send(head.bytes)
                // What the reader may be ahead, and the window.
                for _ in 0..<(2 * window / part.utf8.count) {
                    let frame = Frame.data(stream, part, ends: false).bytes
                    let before = fixture.count(.bytesIn)
                    try client.send(frame)
                    try fixture.turn { fixture.count(.bytesIn) >= before + frame.count }
                }
                let exchange = connection.http2?.exchanges[StreamID(Int32(stream))]
                #expect(exchange?.state.isStreamPaused == true)
            }
            let echo = Frame.headers(13, Frame.request("/echo", method: "POST"), ends: false)
            try client.send(echo.bytes + Frame.data(13, "hello").bytes)
            let answered = { connection.http2?.exchanges[StreamID(13)] == nil }
            try fixture.turn { connection.exchangeCount == 7 && answered() }
            #expect(connection.phase == .open)
            gate.open()
        }
    }

    /// The answer was made before the server began to stop, and says nothing of an end.
    @Test func aStopEndsAConnectionThatTakesItsAnswerLate() async throws {
        try await blocking {
            let page = [UInt8](repeating: 0x78, count: 5_000_000)
            let fixture = try LoopFixture(routes: { router in
                router.on(.get, "/page") { _ in .now(Response(body: page)) }
            })
            let (client, connection) = try fixture.connect()
            try client.send(get("/page"))
            try fixture.turn { !connection.output.isEmpty }
            var isDrained = false
            fixture.worker.drain(within: .seconds(3600)) { isDrained = true }
            #expect(!isDrained)
            var received = 0
            try fixture.turn {
                while client.hasInput(within: 0) {
                    let bytes = try client.receiveBytes()
                    if bytes.isEmpty { break }
                    received += bytes.count
                }
                // It may ask once more, until it is too late.
                if received > page.count { fixture.pass(timeouts.drain) }
                return isDrained
            }
            #expect(received > page.count)
        }
    }
}
