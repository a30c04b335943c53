import Foundation
import HTTP
import HTTP2Frames
import HTTPServer
import Support
import Testing

/// Timeouts, bounds and the end of HTTP/2 connections.
@Suite(.timeLimit(.minutes(1)))
struct HTTP2LifecycleTests {
    @Test func pingsDoNotKeepAnIdleConnection() async throws {
        let clock = ManualMonotonicClock()
        try await withServer { options in
            options.clock = clock
            options.loops = 1
        } _: { _, address in
            try await blocking {
                let client = try HTTP2TestClient(address)
                try client.get("/hello", on: 1)
                _ = try client.answer(on: 1)
                clock.advance(by: HTTPServerOptions.Timeouts().idle - .seconds(1))
                try passTicks(address)
                try client.send(.ping())
                #expect(try client.frame(ofType: 6).isAcknowledgement)
                clock.advance(by: .seconds(2))
                try passTicks(address)
                #expect(try client.endOfConnection() == 0)
            }
        }
    }

    @Test func aFieldBlockThatDoesNotEndIsTimedOut() async throws {
        let clock = ManualMonotonicClock()
        try await withServer { options in
            options.clock = clock
            options.loops = 1
        } _: { _, address in
            try await blocking {
                let client = try HTTP2TestClient(address)
                _ = try client.frame(ofType: 4)
                try client.send(.headers(1, Frame.request("/hello"), isWhole: false))
                try passTicks(address)
                clock.advance(by: HTTPServerOptions.Timeouts().head + .seconds(1))
                try passTicks(address)
                #expect(try client.endOfConnection() == 11)
            }
        }
    }

    @Test func aBodyThatDoesNotComeConcernsItsStreamAlone() async throws {
        let (gate, clock) = (Gate(), ManualMonotonicClock())
        try await withServer { options in
            options.clock = clock
            options.loops = 1
        } routes: { router in
            router.onGated(gate)
        } _: { _, address in
            try await blocking {
                let client = try HTTP2TestClient(address)
                try client.get("/gated", on: 1)
                try client.post("/echo", on: 3)
                try client.post("/count", on: 5)
                try client.send(.data(3, "half", ends: false))
                try passTicks(address)
                clock.advance(by: HTTPServerOptions.Timeouts().body + .seconds(1))
                try passTicks(address)
                #expect(try client.answer(on: 3).status == "408")
                #expect(try client.answer(on: 5).status == "408")
                gate.open()
                #expect(try client.answer(on: 1).body == "done")
            }
        }
    }

    /// The socket takes everything, the stream's window nothing.
    @Test func aClientThatGivesNoWindowIsDropped() async throws {
        let clock = ManualMonotonicClock()
        try await withServer { options in
            options.clock = clock
            options.loops = 1
        } _: { _, address in
            try await blocking {
                let client = try HTTP2TestClient(address, settings: [(4, 0)])
                try client.get("/hello", on: 1)
                _ = try client.frame(ofType: 1)
                try passTicks(address)
                clock.advance(by: HTTPServerOptions.Timeouts().write - .seconds(1))
                // Neither an answer to a PING nor one without content shows that it reads.
                try client.send(.ping())
                try client.send(.headers(3, Frame.request("/hello", method: "HEAD")))
                _ = try client.frame(ofType: 1)
                try passTicks(address)
                clock.advance(by: .seconds(2))
                try passTicks(address)
                #expect(try client.endOfConnection() == nil)
            }
        }
    }

    @Test func stopAnswersWhatIsInFlight() async throws {
        let (gate, reached) = (Gate(), Gate())
        try await withServer(routes: { router in
            router.onGated(gate, reached: reached)
        }) { server, address in
            async let answers = blocking {
                let client = try HTTP2TestClient(address)
                try client.get("/gated", on: 1)
                let notice = try client.frame(ofType: 7)
                #expect(notice.lastStream == 0x7FFF_FFFF)
                // This one was on its way when the notice came.
                try client.get("/hello", on: 3)
                #expect(try client.answer(on: 3).body == "hello")
                try client.send(.ping(acknowledges: true))
                let final = try client.frame(ofType: 7)
                #expect(final.lastStream == 3)
                gate.open()
                let body = try client.answer(on: 1).body
                #expect(try client.endOfConnection() == nil)
                return body
            }
            async let idleError = blocking {
                let client = try HTTP2TestClient(address)
                try client.get("/hello", on: 1)
                _ = try client.answer(on: 1)
                _ = try client.frame(ofType: 7)
                try client.send(.ping(acknowledges: true))
                return try client.endOfConnection()
            }
            await reached.wait()
            await server.stop(within: .seconds(3600))
            let (answered, idle) = (try await answers, try await idleError)
            #expect(answered == "done")
            #expect(idle == 0)
        }
    }

    @Test func stopDoesNotWaitForAClientThatSaysNothing() async throws {
        try await withServer {
            $0.timeouts.linger = .milliseconds(30)
        } _: { server, address in
            let error = try await blocking {
                let client = try HTTP2TestClient(address)
                try client.get("/hello", on: 1)
                _ = try client.answer(on: 1)
                Task { await server.stop(within: .seconds(3600)) }
                return try client.endOfConnection()
            }
            #expect(error == 0)
        }
    }

    @Test func aFullServerLetsTheConnectionGo() async throws {
        try await withServer { options in
            options.maxConnections = 1
            options.timeouts.linger = .milliseconds(30)
        } _: { _, address in
            try await blocking {
                let client = try HTTP2TestClient(address)
                try client.get("/hello", on: 1)
                #expect(try client.answer(on: 1).status == "200")
                #expect(try client.endOfConnection() == 0)
            }
        }
    }

    /// A client that resets its streams as soon as it has opened them can't have more work done
    /// than one that waits.
    @Test func handlersOfStreamsThatAreGoneCount() async throws {
        let gate = Gate()
        try await withServer { options in
            options.limits.http2.maxConcurrentStreams = 2
        } routes: { router in
            router.onGated(gate)
        } _: { _, address in
            try await blocking {
                let client = try HTTP2TestClient(address)
                for (begun, stream): (Int, UInt32) in [(1, 1), (2, 5)] {
                    try client.get("/gated", on: stream)
                    try client.get("/hello", on: stream + 2)
                    #expect(try client.answer(on: stream + 2).status == "200")
                    while gate.waiting < begun { usleep(1000) }  // or it isn't begun any more
                    try client.send(.resetStream(stream))
                }
                try client.get("/gated", on: 9)
                #expect(try client.frame(ofType: 3).description == "reset 9 7")
                gate.open()
            }
        }
    }

    @Test(arguments: [(5, "200"), (4, "503")])
    func boundsTheAnswersThatNobodyTakes(limit: Int, status: String) async throws {
        try await withServer {
            $0.limits.http2.maxUnsentBytes = limit
        } _: { _, address in
            try await blocking {
                let client = try HTTP2TestClient(address, settings: [(4, 0)])
                try client.get("/hello", on: 1)
                _ = try client.frame(ofType: 1)
                try client.get("/hello", on: 3)
                #expect(try client.frame(ofType: 1)[":status"] == status)
            }
        }
    }

    @Test(arguments: [(10, "200"), (9, "503")])
    func boundsTheBodiesThatAreCollected(limit: Int, status: String) async throws {
        try await withServer {
            $0.limits.http2.maxCollectedBytes = limit
        } _: { _, address in
            try await blocking {
                let client = try HTTP2TestClient(address)
                try client.post("/echo", on: 1)
                try client.send(.data(1, "12345", ends: false))
                try client.post("/echo", on: 3)
                try client.send(.data(3, "12345"))
                #expect(try client.answer(on: 3).status == status)
                try client.send(.data(1, ""))
                #expect(try client.answer(on: 1).body == "12345")
                try client.post("/echo", on: 5)
                try client.send(.data(5, "123456789"))
                #expect(try client.answer(on: 5).status == "200")
            }
        }
    }

    @Test func afterAnErrorTheClientIsToldWhy() async throws {
        try await withServer { _, address in
            try await blocking {
                let client = try HTTP2TestClient(address)
                try client.send(.windowUpdate(0, 0))
                #expect(try client.endOfConnection() == 1)
            }
        }
    }
}
