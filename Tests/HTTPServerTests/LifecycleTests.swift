import Foundation
import HTTP
import HTTPServer
import Support
import Synchronization
import Testing

/// Timeouts, bounds on connections, and the end.
@Suite(.timeLimit(.minutes(1)))
struct LifecycleTests {
    @Test func aHeadThatDoesNotEndIsTimedOut() async throws {
        try await withServer {
            $0.timeouts.head = .milliseconds(50)
        } _: { _, address in
            try await blocking {
                let client = try TestClient(address)
                try client.send("GET / HTTP/1.1\r\nHost:")
                #expect(try client.answer().status == 408)
                #expect(try client.isAtEnd())
            }
        }
    }

    @Test func aBodyThatDoesNotComeIsTimedOut() async throws {
        try await withServer {
            $0.timeouts.body = .milliseconds(50)
        } _: { _, address in
            try await blocking {
                for path in ["/echo", "/count"] {
                    let client = try TestClient(address)
                    try client.send(post(path, "Content-Length: 10", body: "half"))
                    #expect(try client.answer().status == 408)
                    #expect(try client.isAtEnd())
                }
            }
        }
    }

    @Test func anIdleConnectionIsClosedWithoutAWord() async throws {
        let clock = ManualMonotonicClock()
        try await withServer { options in
            options.clock = clock
            options.loops = 1
        } _: { _, address in
            try await blocking {
                let (fresh, used) = (try TestClient(address), try TestClient(address))
                try used.send(get("/hello"))
                _ = try used.answer()
                clock.advance(by: HTTPServerOptions.Timeouts().idle - .seconds(1))
                try passTicks(address)
                try used.send(get("/hello"))
                #expect(try used.answer().status == 200)
                clock.advance(by: .seconds(2))
                try passTicks(address)
                #expect(try fresh.isAtEnd())
                try used.send(get("/hello"))
                #expect(try used.answer().status == 200)
            }
        }
    }

    /// Were the stalled connection not closed, the stop would wait for it, and the test for that.
    @Test func aClientThatDoesNotReadIsDropped() async throws {
        let large = [UInt8](repeating: 0, count: 50_000_000)
        let reached = Gate()
        try await withServer {
            $0.timeouts.write = .milliseconds(50)
        } routes: { router in
            router.on(.get, "/large") { _ in
                reached.open()
                return .now(Response(contentType: "application/octet-stream", body: large))
            }
        } _: { server, address in
            let client = try await blocking {
                let client = try TestClient(address)
                try client.send(get("/large"))
                return UncheckedBox(client)
            }
            await reached.wait()
            await server.stop(within: .seconds(3600))
            withExtendedLifetime(client) {}
        }
    }

    /// That the output is bounded meanwhile, `ConnectionBoundsTests` shows.
    @Test(arguments: [(1, 64), (300_000, 64), (300_000, 1)])
    func fullOutputAndShortTurnsLoseNoPipelinedRequest(highWater: Int, turn: Int) async throws {
        let page = [UInt8](repeating: 0x78, count: 20_000)
        try await withServer(
            { options in
                options.outputHighWaterBytes = highWater
                options.maxRequestsPerTurn = turn
            },
            routes: { router in
                router.on(.get, "/page") { _ in
                    .now(Response(contentType: "text/plain", body: page))
                }
            }
        ) { _, address in
            try await blocking {
                let client = try TestClient(address)
                try client.send(String(repeating: get("/page"), count: 500))
                for _ in 0..<500 { #expect(try client.answer().body.utf8.count == page.count) }
            }
        }
    }

    @Test func stopAnswersWhatIsInFlight() async throws {
        let (gate, reached) = (Gate(), Gate())
        try await withServer(routes: { router in
            router.onGated(gate, reached: reached)
        }) { server, address in
            async let answer = blocking {
                let client = try TestClient(address)
                try client.send(get("/gated") + get("/hello"))
                let answer = try client.answer()
                #expect(try client.isAtEnd())
                return answer.body + " " + (answer.fields["connection"] ?? "")
            }
            async let idleEnds = blocking {
                let client = try TestClient(address)
                try client.send(get("/hello"))
                _ = try client.answer()
                return try client.isAtEnd()
            }
            await reached.wait()
            async let stopped: Void = server.stop(within: .seconds(3600))
            let idleHasEnded = try await idleEnds
            #expect(idleHasEnded)
            gate.open()
            let answered = try await answer
            #expect(answered == "done close")
            await stopped
            await #expect(throws: (any Error).self) {
                try await blocking { _ = try TestClient(address) }
            }
        }
    }

    @Test func stopBreaksOffWhatLastsTooLong() async throws {
        let (gate, reached) = (Gate(), Gate())
        try await withServer(routes: { router in
            router.onGated(gate, reached: reached)
        }) { server, address in
            async let ended = blocking {
                let client = try TestClient(address)
                try client.send(get("/gated"))
                return try client.isAtEnd()
            }
            await reached.wait()
            await server.stop(within: .milliseconds(20))
            await server.stop(within: .zero)
            let hasEnded = try await ended
            #expect(hasEnded)
            gate.open()
        }
    }

    @Test func aFullServerLetsNewcomersWait() async throws {
        let gate = Gate()
        try await withServer { options in
            options.maxConnections = 1
        } routes: { router in
            router.onGated(gate)
        } _: { _, address in
            try await blocking {
                let first = try TestClient(address)
                try first.send(get("/gated"))
                let second = try TestClient(address)
                try second.send(get("/hello"))
                #expect(!second.hasInput(within: 100))
                gate.open()
                let answer = try first.answer()
                #expect(answer.fields["connection"] == "close")
                #expect(try second.answer().status == 200)
            }
        }
    }
}

/// Keeps a client alive across an await; nobody uses it meanwhile.
private struct UncheckedBox: @unchecked Sendable {
    let client: TestClient

    init(_ client: TestClient) { self.client = client }
}
