import Foundation
import HTTP
import HTTP2Frames
import HTTPServer
import Support
import Synchronization
import Testing

/// HTTP/2 over real sockets, behind the same routes as HTTP/1.1.
@Suite(.timeLimit(.minutes(1)))
struct HTTP2ServerTests {
    @Test func answersWithPriorKnowledge() async throws {
        try await withServer { _, address in
            try await blocking {
                let client = try HTTP2TestClient(address)
                try client.get("/hello", on: 1)
                let answer = try client.answer(on: 1)
                #expect(answer.status == "200")
                #expect(answer.body == "hello")
                #expect(answer["server"] == "starling")
                #expect(answer["date"]?.hasSuffix(" GMT") == true)
                #expect(answer["x-request-id"]?.utf8.count == 13)
                try client.get("/nowhere", on: 3)
                let missing = try client.answer(on: 3)
                #expect(missing.status == "404")
                #expect(missing["content-type"] == "application/problem+json")
                try client.get("/echo", on: 5)
                #expect(try client.answer(on: 5)["allow"] == "OPTIONS, POST")
            }
        }
    }

    @Test func readsThePrefaceHoweverItComes() async throws {
        try await withServer { _, address in
            try await blocking {
                let client = try TestClient(address)
                let bytes = Frame.start() + Frame.headers(1, Frame.request("/hello")).bytes
                for byte in bytes {
                    try client.send([byte])
                    Thread.sleep(forTimeInterval: 0.0002)
                }
                let reader = FrameReader()
                var frames: [FrameReader.Received] = []
                while frames.last?.endsStream != true {
                    reader.receive(try client.receiveBytes())
                    while let frame = reader.next() { frames.append(frame) }
                }
                #expect(frames.last?.text == "hello")
                // A request that begins like the preface is none.
                let other = try TestClient(address)
                for part in ["P", "RI", "NT / HTTP/1.1\r\nHost: h\r\n\r\n"] {
                    try other.send(part)
                    try passTicks(address)
                }
                #expect(try other.answer().status == 404)
            }
        }
    }

    @Test func answersAsSoonAsEachIsReady() async throws {
        let gate = Gate()
        try await withServer(routes: { router in
            router.onGated(gate)
        }) { _, address in
            try await blocking {
                let client = try HTTP2TestClient(address)
                try client.get("/gated", on: 1)
                try client.get("/hello", on: 3)
                try client.get("/later", on: 5)
                #expect(try client.order(of: 2).sorted() == [3, 5])
                gate.open()
                #expect(try client.answer(on: 1).body == "done")
            }
        }
    }

    @Test func answersHeadWithoutContent() async throws {
        try await withServer { _, address in
            try await blocking {
                let client = try HTTP2TestClient(address)
                try client.send(.headers(1, Frame.request("/hello", method: "HEAD")))
                let answer = try client.answer(on: 1)
                #expect(answer["content-length"] == "5")
                #expect(answer.body == "")
            }
        }
    }

    @Test func collectsABodyAndDropsItsTrailers() async throws {
        try await withServer { _, address in
            try await blocking {
                let client = try HTTP2TestClient(address)
                try client.post("/echo", on: 1)
                try client.send(.data(1, "hel", ends: false), .data(1, "lo", ends: false))
                try client.send(.headers(1, [("x", "y")]))
                #expect(try client.answer(on: 1).body == "hello")
                try client.post("/echo", on: 3, ("content-length", "2"), ("expect", "100-continue"))
                #expect(try client.frame(ofType: 1)[":status"] == "100")
                try client.send(.data(3, "hi"))
                #expect(try client.answer(on: 3).body == "hi")
            }
        }
    }

    /// The content is many times the windows: it only arrives if they open again.
    @Test(arguments: ["/echo", "/count"])
    func windowsOpenAsTheHandlerTakes(path: String) async throws {
        try await withServer {
            $0.limits.http2.streamWindowBytes = 5000
            $0.limits.http2.connectionWindowBytes = 70_000
            $0.streamHighWaterBytes = 2000
        } _: { _, address in
            try await blocking {
                let client = try HTTP2TestClient(address, settings: [(4, 200_000)])
                _ = try client.frame(ofType: 4)
                try client.send(.windowUpdate(0, 200_000))
                try client.post(path, on: 1)
                var window: UInt32 = 5000
                for number in 1...40 {
                    // What is taken and not said yet is less than half the window.
                    while window < 2500 {
                        let update = try client.frame(ofType: 8)
                        if update.frame.stream == 1 { window += update.number }
                    }
                    let part = String(repeating: "x", count: 2500)
                    try client.send(.data(1, part, ends: number == 40))
                    window -= 2500
                }
                let body = try client.answer(on: 1).body
                #expect(path == "/echo" ? body.utf8.count == 100_000 : body == "100000")
            }
        }
    }

    @Test func refusesTooMuchAndGoesOn() async throws {
        try await withServer { options in
            options.timeouts.linger = .milliseconds(30)
            options.admission = { request in
                if request.fields["X-Stranger"] != nil {
                    throw Problem(.unauthorized, type: "unauthorized")
                }
            }
        } _: { _, address in
            try await blocking {
                let client = try HTTP2TestClient(address)
                try client.post("/echo", on: 1, ("content-length", "100001"))
                #expect(try client.answer(on: 1).status == "413")
                #expect(try client.frame(ofType: 3).description == "reset 1 0")
                try client.post("/echo", on: 3)
                for _ in 0..<7 {
                    try client.send(.data(3, .init(repeating: "x", count: 16_000), ends: false))
                }
                #expect(try client.answer(on: 3).status == "413")
                try client.post("/count", on: 5, ("x-stranger", "1"))
                #expect(try client.answer(on: 5).status == "401")
                try client.get("/hello", on: 7)
                #expect(try client.answer(on: 7).body == "hello")
            }
        }
    }

    @Test func aResetEndsTheHandlersBody() async throws {
        let seen = Mutex<String?>(nil)
        let done = Gate()
        try await withServer(routes: { router in
            router.on(.post, "/read", body: .streamed) { request in
                .later {
                    let response = await countBytes(of: request.body)
                    seen.withLock { $0 = String(decoding: response.body, as: UTF8.self) }
                    done.open()
                    return response
                }
            }
        }) { _, address in
            let client = try await blocking {
                let client = try HTTP2TestClient(address)
                try client.post("/read", on: 1)
                try client.send(.data(1, "x", ends: false), .resetStream(1))
                try client.get("/hello", on: 3)
                #expect(try client.answer(on: 3).body == "hello")
                return Kept(client)
            }
            await done.wait()
            withExtendedLifetime(client) {}
        }
        #expect(seen.withLock { $0 }?.contains("incomplete-body") == true)
    }

    private static let upgrade = get(
        "/users/7/x", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c",
        "HTTP2-Settings: AAMAAABkAAQAAP__")

    /// What goes through the proxy then would be hidden from its rules.
    @Test func doesNotUpgradeForAProxy() async throws {
        try await withServer {
            $0.forwarding = .init(trustedProxies: [IPNetwork("127.0.0.0/8")].compactMap { $0 })
        } _: { _, address in
            try await blocking {
                let client = try TestClient(address)
                try client.send(Self.upgrade)
                #expect(try client.answer().body == "7")
            }
        }
    }

    @Test func upgradesFromHTTP1() async throws {
        try await withServer { _, address in
            try await blocking {
                let client = try TestClient(address)
                try client.send(Self.upgrade)
                let switching = try client.answer()
                #expect(switching.status == 101)
                #expect(switching.fields["upgrade"] == "h2c")
                let upgraded = try HTTP2TestClient(on: client)
                #expect(try upgraded.answer(on: 1).body == "7")
                try upgraded.get("/later", on: 3)
                #expect(try upgraded.answer(on: 3).body == "later")
            }
        }
    }

    @Test(arguments: [
        ["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAM"],
        ["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: ?"],
        ["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c"],
        ["Connection: Upgrade", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk"],
        ["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2", "HTTP2-Settings: AAMAAABk"],
        [
            "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk",
            "HTTP2-Settings: AAMAAABk",
        ],
        [
            "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk",
            "Content-Length: 1",
        ],
    ])
    func staysWithHTTP1WhereTheUpgradeIsNone(fields: [String]) async throws {
        try await withServer { _, address in
            try await blocking {
                let client = try TestClient(address)
                let lines = fields.map { $0 + "\r\n" }.joined()
                try client.send("GET /hello HTTP/1.1\r\nHost: h\r\n\(lines)\r\nx")
                #expect(try client.answer().body == "hello")
            }
        }
    }

    @Test func tellsTheObserver() async throws {
        let seen = Mutex<[String]>([])
        try await withServer { options in
            options.onAnswered = { request in
                let method = request.method?.rawValue ?? "?"
                seen.withLock { $0.append("\(method) \(request.route) \(request.status.code)") }
            }
        } _: { _, address in
            try await blocking {
                let client = try HTTP2TestClient(address)
                try client.get("/users/secret/x", on: 1)
                _ = try client.answer(on: 1)
                try client.get("/?a=%4", on: 3)
                #expect(try client.answer(on: 3).status == "400")
            }
        }
        #expect(seen.withLock { $0 } == ["GET /users/{user}/x 200", "?  400"])
    }
}

/// Keeps a client alive across an await; nobody uses it meanwhile.
private struct Kept: @unchecked Sendable {
    let client: HTTP2TestClient

    init(_ client: HTTP2TestClient) { self.client = client }
}
