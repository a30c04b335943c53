import HTTP
import HTTP2Frames
import Synchronization
import Testing

@testable import HTTPServer

/// What a connection may hold, and for how long it may keep the server waiting: each bound where it
/// is reached, and just before.
@Suite struct ConnectionBoundsTests {
    private static let page = [UInt8](repeating: 0x78, count: 100_000)

    private static func addPage(_ router: inout Router) {
        router.on(.get, "/page") { _ in .now(Response(contentType: "text/plain", body: page)) }
    }

    /// The client reads nothing: once the kernel takes no more, answers pile up to the bound, where
    /// one less would be below it.
    @Test(arguments: [1, 250_000, 1_000_000])
    func noMoreIsAnsweredThanTheOutputMayHold(highWater: Int) async throws {
        try await blocking {
            let fixture = try LoopFixture(
                { $0.outputHighWaterBytes = highWater }, routes: Self.addPage)
            let (client, connection) = try fixture.connect()
            try client.send(String(repeating: get("/page"), count: 1000))
            try fixture.turn { connection.output.count >= highWater }
            fixture.turn(untilStill: { connection.output.count })
            #expect(connection.output.count >= highWater)
            #expect(connection.output.count - Self.page.count - 1000 < highWater)
            #expect(connection.exchangeCount < 1000)
        }
    }

    /// In HTTP/2 what a window lets go counts: the rest of an answer stays in the engine.
    @Test func noMoreFramesAreMadeThanTheOutputMayHold() async throws {
        try await blocking {
            let fixture = try LoopFixture({ $0.outputHighWaterBytes = 50_000 }) { router in
                router.on(.get, "/page") { _ in
                    .now(Response(body: [UInt8](repeating: 0x78, count: 60_000_000)))
                }
            }
            let (client, connection) = try fixture.connect()
            let large: UInt32 = 1 << 30
            try client.send(
                Frame.start([(4, large)]) + Frame.windowUpdate(0, large).bytes
                    + Frame.headers(1, Frame.request("/page")).bytes)
            var most = 0
            try fixture.turn { (connection.http2?.engine.unsentBytes ?? 0) > 0 }
            fixture.turn(untilStill: {
                most = max(most, connection.output.count)
                return connection.http2?.engine.unsentBytes ?? 0
            })
            #expect((1..<50_000 + 16_393).contains(most))  // up to one frame more
        }
    }

    @Test(arguments: [(1000, false), (1001, true)], HTTPVersion.current)
    func aStreamHoldsSoMuchBeforeItsClientWaits(
        amount: (bytes: Int, isPaused: Bool), version: HTTPVersion
    ) async throws {
        try await blocking {
            let (bytes, isPaused) = amount
            let gate = Gate()
            let fixture = try LoopFixture({ $0.streamHighWaterBytes = 1000 }) { router in
                router.on(.post, "/held", body: .streamed) { _ in
                    .later {
                        await gate.wait()
                        return Response()
                    }
                }
            }
            let (client, connection) = try fixture.connect()
            let message = post("/held", bytes: bytes, of: 2000, version)
            try client.send(message)
            try fixture.turn { fixture.count(.bytesIn) == message.count }
            #expect(
                (connection.http2?.exchanges[StreamID(1)]?.state ?? connection.exchange)?
                    .isStreamPaused == isPaused)
            gate.open()
        }
    }

    /// Another connection's request comes behind so many, whatever else waits on the first.
    @Test(arguments: [(64, 64), (64, 65), (3, 200)])
    func aTurnIsSoManyRequestsLong(limit: Int, count: Int) async throws {
        try await blocking {
            let order = Mutex<[String]>([])
            let fixture = try LoopFixture({ $0.maxRequestsPerTurn = limit }) { router in
                for path in ["/a", "/b"] {
                    router.on(.get, path) { _ in
                        order.withLock { $0.append(path) }
                        return .now(Response())
                    }
                }
            }
            let (first, connection) = try fixture.connect()
            let (second, other) = try fixture.connect()
            try first.send(String(repeating: get("/a"), count: count))
            fixture.waitForInput(count * get("/a").utf8.count, of: connection)
            try second.send(get("/b"))
            fixture.waitForInput(get("/b").utf8.count, of: other)
            try fixture.turn { order.withLock { $0.count == count + 1 } }
            #expect(order.withLock { $0.firstIndex(of: "/b") } == min(count, limit))
        }
    }

    /// Of connections that are ready at once; a turn's worth of requests is enough to wait for.
    @Test(arguments: [(64, true), (1, false)], HTTPVersion.current)
    func answersOfABatchAreSentTogether(
        limit: (requests: Int, isTogether: Bool), version: HTTPVersion
    ) async throws {
        try await blocking {
            let metrics = Mutex<LoopMetrics?>(nil)
            let sentBefore = Mutex<[Int]>([])
            let fixture = try LoopFixture({ $0.maxRequestsPerTurn = limit.requests }) { router in
                router.on(.get, "/look") { _ in
                    let sent = metrics.withLock {
                        $0?.totals.value(at: LoopMetrics.Total.bytesOut.rawValue)
                    }
                    sentBefore.withLock { $0.append(sent ?? -1) }
                    return .now(Response())
                }
            }
            metrics.withLock { $0 = fixture.worker.metrics }
            let ends = try (0..<2).map { _ in try fixture.connect() }
            for (client, connection) in ends {
                let head = Frame.headers(1, Frame.request("/look"), ends: true)
                let message =
                    version == .http2 ? Frame.start() + head.bytes : Array(get("/look").utf8)
                try client.send(message)
                fixture.waitForInput(message.count, of: connection)
            }
            fixture.turn()
            let seen = sentBefore.withLock { $0 }
            try #require(seen.count == 2)
            #expect(seen[0] == 0)
            #expect((seen[1] == 0) == limit.isTogether)
            for (client, _) in ends { #expect(client.hasInput(within: 1000)) }
        }
    }

    @Test(arguments: Waiting.allCases, HTTPVersion.current)
    func aClientMayKeepTheServerWaitingSoLongAndNoLonger(
        waiting: Waiting, version: HTTPVersion
    ) async throws {
        try await blocking {
            let fixture = try LoopFixture(
                { $0.timeouts.minBodyBytesPerSecond = 0 }, routes: Self.addPage)
            let (client, connection) = try fixture.connect()
            let message = waiting.bytes(version)
            try client.send(message)
            try fixture.turn { fixture.count(.bytesIn) == message.count }
            fixture.turn(untilStill: { connection.output.count })
            let timeout = waiting.timeout(HTTPServerOptions.Timeouts())
            fixture.pass(timeout - .milliseconds(1))
            #expect(!waiting.isOver(connection, fixture))
            fixture.pass(.milliseconds(1))
            #expect(waiting.isOver(connection, fixture))
        }
    }

    @Test(arguments: HTTPVersion.current)
    func aStopWaitsSoLongAndNoLonger(version: HTTPVersion) async throws {
        try await blocking {
            let fixture = try LoopFixture()
            let (client, connection) = try fixture.connect()
            let message = Waiting.body.bytes(version)
            try client.send(message)
            try fixture.turn { fixture.count(.bytesIn) == message.count }
            var isDrained = false
            fixture.worker.drain(within: .seconds(10)) { isDrained = true }
            fixture.pass(.seconds(10) - .milliseconds(1))
            #expect(!isDrained)
            fixture.pass(.milliseconds(1))
            #expect(isDrained)
            #expect(connection.phase == .closed)
        }
    }
}

/// What a client can keep the server waiting for.
enum Waiting: CaseIterable {
    case head, body, nextRequest, sending, lingering

    func timeout(_ timeouts: HTTPServerOptions.Timeouts) -> Duration {
        switch self {
        case .head: timeouts.head
        case .body: timeouts.body
        case .nextRequest: timeouts.idle
        case .sending: timeouts.write
        case .lingering: timeouts.linger
        }
    }

    /// What brings a new connection there.
    func bytes(_ version: HTTPVersion) -> [UInt8] {
        guard version == .http2 else { return Array(text.utf8) }
        let post = Frame.request("/echo", method: "POST")
        let frames: [Frame] =
            switch self {
            case .head: [.headers(1, post, isWhole: false)]
            case .body: [.headers(1, post, ends: false), .data(1, "ab", ends: false)]
            case .nextRequest: []
            case .sending: [.headers(1, Frame.request("/hello"))]
            case .lingering: [.windowUpdate(0, 0)]
            }
        // Whoever takes nothing gives no window.
        return Frame.start(self == .sending ? [(4, 0)] : []) + frames.flatMap(\.bytes)
    }

    private var text: String {
        switch self {
        case .head: "GET /hello HT"
        case .body: post("/echo", "Content-Length: 6", body: "ab")
        case .nextRequest: get("/hello")
        case .sending: String(repeating: get("/page"), count: 300)
        case .lingering: post("/nowhere", "Content-Length: 1000000")
        }
    }

    /// The server has given up the wait.
    func isOver(_ connection: Connection, _ fixture: LoopFixture) -> Bool {
        switch self {
        case .head: fixture.count(.slowHeads) == 1
        case .body: fixture.count(.slowBodies) == 1
        case .nextRequest: fixture.count(.idleConnections) == 1
        case .sending: fixture.count(.slowReaders) == 1 && connection.phase == .closed
        case .lingering: connection.phase == .closed
        }
    }
}

extension HTTPVersion {
    static let current = [HTTPVersion.http11, .http2]
}

/// A request whose content is `total` bytes long, and the first `bytes` of that.
func post(
    _ path: String, bytes: Int, of total: Int, _ version: HTTPVersion, ends: Bool = false
) -> [UInt8] {
    let content = String(repeating: "x", count: bytes)
    guard version == .http2 else {
        return Array(post(path, "Content-Length: \(total)", body: content).utf8)
    }
    let head = Frame.headers(1, Frame.request(path, method: "POST"), ends: false)
    return Frame.start() + head.bytes + Frame.data(1, content, ends: ends).bytes
}
