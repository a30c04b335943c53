import Foundation
import HTTP
import HTTP2Frames
import Support
import Testing

@testable import HTTPServer

/// The moment at a stop in which clients can't know yet that it is too late.
@Suite(.timeLimit(.minutes(1)))
struct StopTests {
    /// The clock stands still, so the moment lasts until the test says.
    @Test func whatComesWithinTheMomentIsAnswered() async throws {
        let clock = ManualMonotonicClock()
        try await withServer { options in
            options.clock = clock
            options.loops = 1
        } _: { server, address in
            try await blocking {
                let (used, fresh) = (try TestClient(address), try TestClient(address))
                let silent = try TestClient(address)
                try used.send(get("/hello"))
                #expect(try used.answer().fields["connection"] == nil)
                let witness = try HTTP2TestClient(address)
                try witness.get("/hello", on: 1)
                _ = try witness.answer(on: 1)
                Task { await server.stop(within: .seconds(3600)) }
                #expect(try witness.frame(ofType: 7).lastStream == 0x7FFF_FFFF)
                for client in [used, fresh] {
                    try client.send(get("/hello"))
                    let answer = try client.answer()
                    #expect(answer.body == "hello")
                    #expect(answer.fields["connection"] == "close")
                    #expect(try client.isAtEnd())
                }
                #expect(!silent.hasInput(within: 20))
                clock.advance(by: HTTPServerOptions.Timeouts().drain)
                #expect(try silent.isAtEnd())
                try witness.send(.ping(acknowledges: true))
                #expect(try witness.endOfConnection() == 0)
            }
        }
    }

    /// Between the clients' arrival and the stop the loop makes no pass, so they are still in the
    /// kernel's backlog then.
    @Test func whoWaitsInTheBacklogIsAnswered() async throws {
        try await blocking {
            let fixture = try LoopFixture()
            let (acceptor, address) = try fixture.makeAcceptor()
            acceptor.start()
            let waiting = try (0..<3).map { _ in try TestClient(address) }
            for client in waiting { try client.send(get("/hello")) }
            acceptor.stop()
            #expect(throws: TestClient.Broken.self) { _ = try TestClient(address) }
            fixture.turn()
            var isDrained = false
            fixture.worker.drain(within: .seconds(3600)) { isDrained = true }
            for client in waiting {
                let answer = try fixture.answer(to: client)
                #expect(answer.body == "hello")
                #expect(answer.fields["connection"] == "close")
            }
            try fixture.turn { isDrained }
        }
    }

    /// What has the deadline for its moment, too, ends with it.
    @Test func theDeadlineEndsTheMoment() async throws {
        try await withServer {
            $0.timeouts.drain = .seconds(3600)
        } _: { server, address in
            let ended = try await blocking {
                let client = try TestClient(address)
                try client.send(get("/hello"))
                _ = try client.answer()
                Task { await server.stop(within: .milliseconds(20)) }
                return try client.isAtEnd()
            }
            #expect(ended)
        }
    }
}
