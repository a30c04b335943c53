import HTTP
import HTTP2Frames
import PrometheusText
import Testing

@testable import HTTPServer

/// Who gives way when the table is full.
@Suite(.timeLimit(.minutes(1)))
struct IdleConnectionsTests {
    @Test(arguments: HTTPVersion.current)
    func theOneThatIsIdleForLongestGoesAndNoneThatIsBusy(version: HTTPVersion) async throws {
        try await blocking {
            let fixture = try LoopFixture()
            var connections: [Connection] = []
            var clients: [TestClient] = []
            // The third has a request under way, and would be the longest idle otherwise.
            for place in 0..<3 {
                let (client, connection) = try fixture.connect()
                let before = fixture.count(.bytesIn)
                let message =
                    place == 0
                    ? post("/echo", bytes: 1, of: 10, version)
                    : version == .http2 ? Frame.start() : Array(get("/hello").utf8)
                try client.send(message)
                try fixture.turn { fixture.count(.bytesIn) == before + message.count }
                fixture.pass(.seconds(1))
                clients.append(client)
                connections.append(connection)
            }
            func isLeaving(_ connection: Connection) -> Bool {
                connection.http2.map(\.isDraining) ?? (connection.phase == .closed)
            }
            #expect(connections.map(isLeaving) == [false, false, false])
            fixture.worker.releaseLongestIdle()
            #expect(connections.map(isLeaving) == [false, true, false])
            fixture.worker.releaseLongestIdle()
            #expect(connections.map(isLeaving) == [false, true, true])
            fixture.worker.releaseLongestIdle()
            #expect(connections.map(isLeaving) == [false, true, true])
            #expect(fixture.count(.releasedConnections) == 2)
            fixture.pass(HTTPServerOptions.Timeouts().linger)
            if version == .http2 {
                // Having been told, they are waited for as any client whose connection ends.
                fixture.pass(HTTPServerOptions.Timeouts().linger)
            }
            #expect(connections.map { $0.phase == .closed } == [false, true, true])
            withExtendedLifetime(clients) {}
        }
    }

    /// What has arrived still counts.
    @Test func aRequestThatIsThereIsAnsweredFirst() async throws {
        try await blocking {
            let fixture = try LoopFixture()
            let (client, connection) = try fixture.connect()
            try client.send(get("/hello"))
            fixture.waitForInput(get("/hello").utf8.count, of: connection)
            fixture.worker.releaseLongestIdle()
            #expect(try fixture.answer(to: client).body == "hello")
        }
    }

    @Test func aNewcomerGetsThePlaceOfTheLongestIdle() async throws {
        let metrics = HTTPServerMetrics()
        try await withServer { options in
            options.loops = 1
            options.maxConnections = 2
            options.metrics = metrics
        } _: { _, address in
            try await blocking {
                let first = try TestClient(address)
                try first.send(get("/hello"))
                #expect(try first.answer().fields["connection"] == nil)
                let second = try TestClient(address)
                let third = try TestClient(address)
                try third.send(get("/hello"))
                #expect(try third.answer().status == 200)
                #expect(try first.isAtEnd())
                try second.send(get("/hello"))
                #expect(try second.answer().status == 200)
            }
        }
        let page = try metrics.page()
        #expect(page["starling_http_connections_released_total"] == 1)
        #expect(page["starling_http_connections_refused_total"] == 0)
    }
}
