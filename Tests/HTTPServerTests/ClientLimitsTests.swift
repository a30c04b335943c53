import HTTP
import HTTPServer
import PrometheusText
import Sockets
import Support
import Testing

/// Whose connection and whose request it is, and how many connections each may have.
@Suite(.timeLimit(.minutes(1)))
struct ClientLimitsTests {
    @Test func aClientHasSoManyConnectionsAndNotOneMore() async throws {
        let metrics = HTTPServerMetrics()
        let refused: Int = try await withServer { options in
            options.maxConnectionsPerClient = 2
            options.metrics = metrics
        } _: { _, address in
            try await blocking {
                let first = try TestClient(address)
                var second: TestClient? = try TestClient(address)
                try first.send(get("/hello"))
                #expect(try first.answer().status == 200)
                try second?.send(get("/hello"))
                #expect(try second?.answer().status == 200)
                #expect(try TestClient(address).isAtEnd())
                try first.send(get("/hello"))
                #expect(try first.answer().fields["connection"] == nil)
                second = nil
                var refused = 1
                // until the server has seen the end
                while try Self.isRefused(address) { refused += 1 }
                return refused
            }
        }
        let page = try metrics.page()
        #expect(page["starling_http_connections_refused_total"] == Double(refused))
        #expect(page["starling_http_connections_released_total"] == 0)
    }

    private static func isRefused(_ address: SocketAddress) throws -> Bool {
        let client = try TestClient(address)
        do {
            try client.send(get("/hello"))
            return try client.answer().status != 200
        } catch {
            return true
        }
    }

    @Test func aTrustedProxyHasAsManyAsItLikes() async throws {
        try await withServer { options in
            options.maxConnectionsPerClient = 1
            options.forwarding = .init(trustedProxies: [IPNetwork("127.0.0.0/8")].compactMap { $0 })
        } _: { _, address in
            try await blocking {
                let clients = try (0..<3).map { _ in try TestClient(address) }
                for client in clients {
                    try client.send(get("/hello"))
                    #expect(try client.answer().status == 200)
                }
            }
        }
    }

    @Test(
        arguments: [
            ([], "127.0.0.1"), (["127.0.0.1"], "203.0.113.7"), (["10.0.0.0/8"], "127.0.0.1"),
        ] as [([String], String)])
    func theRequestKnowsItsClient(proxies: [String], client: String) async throws {
        try await withServer(
            { $0.forwarding = .init(trustedProxies: proxies.compactMap(IPNetwork.init)) },
            routes: { router in
                router.on(.get, "/me") { .now(Response(text: "\($0.clientAddress)")) }
            }
        ) { _, address in
            try await blocking {
                let first = try TestClient(address)
                let fields = "X-Forwarded-For: 198.51.100.1, 203.0.113.7"
                try first.send(get("/me", fields) + get("/me"))
                #expect(try first.answer().body == client)
                // A trusted proxy that names nobody.
                let unnamed = proxies == ["127.0.0.1"] ? "100::" : "127.0.0.1"
                #expect(try first.answer().body == unnamed)
                let second = try HTTP2TestClient(address)
                try second.get("/me", on: 1, ("x-forwarded-for", "203.0.113.7"))
                #expect(try second.answer(on: 1).body == client)
            }
        }
    }
}
