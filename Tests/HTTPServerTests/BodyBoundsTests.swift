import HTTP
import HTTP2Frames
import HTTPServer
import Testing

/// How much content a request may bring: at the bound, and one byte more.
@Suite(.timeLimit(.minutes(1)))
struct BodyBoundsTests {
    private static func addRoutes(_ router: inout Router) {
        router.on(.post, "/none") { _ in .now(Response(text: "none")) }
        router.on(.post, "/ten", body: .collected(maxBytes: 10)) { _ in
            .now(Response(text: "ten"))
        }
    }

    private func configure(_ options: inout HTTPServerOptions) {
        options.limits.maxDiscardedBytes = 20
    }

    /// A route's own bound; what a route without one lets be thrown away; and what is thrown away
    /// behind an answer that doesn't depend on it.
    @Test(
        arguments: [
            ("/ten", 10, 200, true), ("/ten", 11, 413, true), ("/ten", 20, 413, true),
            ("/ten", 21, 413, false),
            ("/none", 20, 200, true), ("/none", 21, 413, false),
            ("/nowhere", 20, 404, true), ("/nowhere", 21, 404, false),
        ])
    func boundsAKnownLength(path: String, bytes: Int, status: Int, staysOpen: Bool) async throws {
        try await withServer(configure, routes: Self.addRoutes) { _, address in
            try await blocking {
                let client = try TestClient(address)
                let content = String(repeating: "x", count: bytes)
                try client.send(post(path, "Content-Length: \(bytes)", body: content))
                let answer = try client.answer()
                #expect(answer.status == status)
                #expect((answer.fields["connection"] != "close") == staysOpen)
                if staysOpen {
                    try client.send(get("/hello"))
                    #expect(try client.answer().body == "hello")
                } else {
                    #expect(try client.isAtEnd())
                }
            }
        }
    }

    @Test(arguments: [("/ten", 10, 200), ("/ten", 11, 413), ("/none", 20, 200), ("/none", 21, 413)])
    func boundsChunksAndFrames(path: String, bytes: Int, status: Int) async throws {
        try await withServer(configure, routes: Self.addRoutes) { _, address in
            try await blocking {
                let content = String(repeating: "x", count: bytes - 1)
                let chunked = try TestClient(address)
                let chunks = "\(String(bytes - 1, radix: 16))\r\n\(content)\r\n1\r\nx\r\n0\r\n\r\n"
                try chunked.send(post(path, "Transfer-Encoding: chunked", body: chunks))
                #expect(try chunked.answer().status == status)
                let framed = try HTTP2TestClient(address)
                try framed.post(path, on: 1)
                try framed.send(.data(1, content, ends: false), .data(1, "x"))
                #expect(try framed.answer(on: 1).status == "\(status)")
            }
        }
    }
}
