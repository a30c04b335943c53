import HTTP
import HTTPServer
import PrometheusText
import Sockets
import Support
import Testing

/// Each timeout just before its end, and at its end. The clock moves only when the tests move it.
@Suite(.timeLimit(.minutes(1)))
struct TimeoutTests {
    private let clock = ManualMonotonicClock()
    private let metrics = HTTPServerMetrics()
    private let timeouts = HTTPServerOptions.Timeouts()
    private static let large = [UInt8](repeating: 0x78, count: 30_000_000)

    private func withClockedServer(
        _ body: @escaping @Sendable (SocketAddress) throws -> Void
    ) async throws {
        try await withServer(
            { [clock, metrics] options in
                options.clock = clock
                options.metrics = metrics
                options.loops = 1
                options.timeouts.minBodyBytesPerSecond = 0
            },
            routes: { router in
                router.on(.get, "/large") { _ in
                    .now(Response(contentType: "application/octet-stream", body: Self.large))
                }
            }
        ) { _, address in
            try await blocking { try body(address) }
        }
    }

    /// What the server didn't wait for any longer, and how often, as its page tells.
    private func givenUp() throws -> [String: Double] {
        try metrics.page().samples.reduce(into: [:]) { counts, sample in
            guard sample.name == "starling_http_timeouts_total", sample.value > 0 else { return }
            counts[sample.labels["wait"] ?? "none"] = sample.value
        }
    }

    /// Lets the server see what was sent, then time pass, then the server see that.
    private static func pass(
        _ time: Duration, _ clock: ManualMonotonicClock, _ address: SocketAddress
    ) throws {
        try passTicks(address)
        clock.advance(by: time)
        try passTicks(address)
    }

    @Test func aHeadHasItsTimeAndNoMore() async throws {
        try await withClockedServer { [clock, timeouts] address in
            let (late, tooLate) = (try TestClient(address), try TestClient(address))
            try late.send("GET /hello HTTP/1.1\r\n")
            try Self.pass(timeouts.head - .milliseconds(1), clock, address)
            try late.send("Host: h\r\n\r\n")
            #expect(try late.answer().status == 200)
            try tooLate.send("GET /hello HTTP/1.1\r\n")
            try Self.pass(timeouts.head - .milliseconds(1), clock, address)
            try tooLate.send("Host: h\r\n")  // a slow writer wins nothing by it
            try Self.pass(.milliseconds(1), clock, address)
            #expect(try tooLate.answer().status == 408)
            #expect(try tooLate.isAtEnd())
        }
        #expect(try givenUp() == ["head": 1])
    }

    @Test(arguments: ["/echo", "/count"])
    func aBodyMayPauseSoLongAndNoLonger(path: String) async throws {
        try await withClockedServer { [clock, timeouts] address in
            let client = try TestClient(address)
            for end in ["cd", nil] {
                try client.send(post(path, "Content-Length: 6", body: "ab"))
                try Self.pass(timeouts.body - .milliseconds(1), clock, address)
                try client.send("ab")
                try Self.pass(timeouts.body - .milliseconds(1), clock, address)
                if let end {
                    try client.send(end)
                    #expect(try client.answer().status == 200)
                } else {
                    try Self.pass(.milliseconds(1), clock, address)
                    #expect(try client.answer().status == 408)
                    #expect(try client.isAtEnd())
                }
            }
        }
        #expect(try givenUp() == ["body": 1])
    }

    @Test func aReaderMayPauseSoLongAndNoLonger() async throws {
        try await withClockedServer { [clock, timeouts] address in
            let late = try TestClient(address)
            try late.send(get("/large"))
            try Self.pass(timeouts.write - .milliseconds(1), clock, address)
            #expect(try late.answer().body.utf8.count == Self.large.count)
            let tooLate = try TestClient(address)
            try tooLate.send(get("/large"))
            try Self.pass(timeouts.write, clock, address)
            #expect(throws: (any Error).self) { _ = try tooLate.answer() }
        }
        #expect(try givenUp() == ["sending": 1])
    }

    /// The answers so far aren't read by asking for more.
    @Test func anotherRequestWinsAReaderNoTime() async throws {
        try await withClockedServer { [clock, timeouts] address in
            let client = try TestClient(address)
            try client.send(get("/large"))
            try Self.pass(timeouts.write - .milliseconds(1), clock, address)
            try client.send(get("/hello"))
            try Self.pass(.milliseconds(1), clock, address)
            #expect(throws: (any Error).self) { _ = try client.answer() }
        }
        #expect(try givenUp() == ["sending": 1])
    }
}
