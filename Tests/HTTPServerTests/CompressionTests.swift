import HTTP
import HTTPServer
import Testing

/// Through sockets, in both protocols.
@Suite struct CompressionTests {
    /// Short, packed on the event loop, and packed off it.
    private static let sizes = [100, 20_000, 3_000_000]

    private static func addRoutes(_ router: inout Router) {
        router.on(.get, "/text/{count}") { request in
            .now(text(Int(request.parameters["count"] ?? "") ?? 0))
        }
        router.on(.get, "/late/{count}") { request in
            .later { text(Int(request.parameters["count"] ?? "") ?? 0) }
        }
    }

    private static func text(_ count: Int) -> Response {
        Response(text: String(repeating: "0123456789", count: count / 10))
    }

    private static func unpacked(_ bytes: [UInt8]) throws -> Int {
        let decoder = GzipDecoder()
        decoder.supply(bytes)
        var count = 0
        while true {
            let piece = try decoder.next(atMost: 1 << 20)
            if piece.isEmpty { break }
            count += piece.count
        }
        #expect(decoder.isComplete)
        return count
    }

    @Test(arguments: sizes, ["text", "late"])
    func packsOverHTTP1(size: Int, route: String) async throws {
        try await withServer(routes: Self.addRoutes) { _, address in
            try await blocking {
                let client = try TestClient(address)
                for _ in 0..<2 {
                    try client.send(get("/\(route)/\(size)", "Accept-Encoding: gzip"))
                    let answer = try client.answer()
                    #expect(answer.fields["content-length"] == "\(answer.bytes.count)")
                    let isPacked = answer.fields["content-encoding"] == "gzip"
                    #expect(isPacked == (size >= 1024))
                    #expect((answer.fields["vary"] == "Accept-Encoding") == (size >= 1024))
                    #expect(
                        try isPacked
                            ? Self.unpacked(answer.bytes) == size : answer.bytes.count == size)
                    #expect(answer.fields["x-request-id"] != nil)
                }
                // The fields are those of GET, with nothing behind them.
                let target = "/\(route)/\(size)"
                try client.send(
                    "HEAD \(target) HTTP/1.1\r\nHost: h\r\nAccept-Encoding: gzip\r\n\r\n"
                        + get("/hello"))
                let head = try client.answer(toHead: true)
                #expect((head.fields["content-encoding"] == "gzip") == (size >= 1024))
                #expect(try client.answer().body == "hello")
                try client.send(get(target))
                #expect(try client.answer().bytes.count == size)
            }
        }
    }

    @Test(arguments: sizes, ["text", "late"])
    func packsOverHTTP2(size: Int, route: String) async throws {
        try await withServer(routes: Self.addRoutes) { _, address in
            try await blocking {
                let large: UInt32 = 1 << 30
                let client = try HTTP2TestClient(address, settings: [(4, large)])
                try client.send(.windowUpdate(0, large))
                try client.get("/\(route)/\(size)", on: 1, ("accept-encoding", "br, gzip;q=0.5"))
                let answer = try client.answer(on: 1)
                let isPacked = answer["content-encoding"] == "gzip"
                #expect(isPacked == (size >= 1024))
                #expect(
                    try isPacked ? Self.unpacked(answer.bytes) == size : answer.bytes.count == size)
                try client.get("/\(route)/\(size)", on: 3)
                let plain = try client.answer(on: 3)
                #expect(plain["content-encoding"] == nil)
                #expect(plain.bytes.count == size)
            }
        }
    }
}
