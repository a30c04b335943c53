import HTTP
import HTTPServer
import Synchronization
import Testing

/// Every answer names its request, and the log names it the same.
@Suite struct RequestIDTests {
    private static let requests: [(what: String, bytes: String, status: Int)] = [
        ("answered", get("/hello"), 200), ("answered later", get("/later"), 200),
        ("no route", get("/nowhere"), 404),
        ("no such method there", "PUT /hello HTTP/1.1\r\nHost: h\r\n\r\n", 405),
        ("an unknown method", "BREW /hello HTTP/1.1\r\nHost: h\r\n\r\n", 501),
        ("a handler that fails", get("/fails"), 500),
        ("not admitted", get("/hello", "Authorization: none"), 403),
        ("too large", post("/echo", "Content-Length: 100001"), 413),
        ("not waited for", post("/echo", "Content-Length: 100001", "Expect: 100-continue"), 413),
        ("a bad target", get("/?a=%4"), 400), ("no host", "GET /hello HTTP/1.1\r\n\r\n", 400),
        ("no HTTP", "x\r\n\r\n", 400),
        ("a head too long", get("/hello", "X: " + String(repeating: "x", count: 40_000)), 431),
    ]

    private struct NotAdmitted {
        static func check(_ request: inout Request) throws {
            if request.fields["Authorization"] == "none" {
                throw Problem(.forbidden, type: "forbidden")
            }
        }
    }

    @Test(arguments: requests.indices)
    func overHTTP1(number: Int) async throws {
        let (what, bytes, status) = Self.requests[number]
        let logged = Mutex<[String]>([])
        try await withServer {
            $0.admission = NotAdmitted.check
            $0.onAnswered = { request in logged.withLock { $0.append(request.requestID) } }
        } _: { _, address in
            try await blocking {
                let client = try TestClient(address)
                try client.send(bytes)
                let answer = try client.answer()
                #expect(answer.status == status, "\(what)")
                #expect(answer.fields["x-request-id"]?.count == 13, "\(what)")
                #expect(logged.withLock { $0 } == [answer.fields["x-request-id"]], "\(what)")
            }
        }
    }

    @Test func overHTTP2() async throws {
        let logged = Mutex<[String]>([])
        try await withServer {
            $0.admission = NotAdmitted.check
            $0.onAnswered = { request in logged.withLock { $0.append(request.requestID) } }
        } _: { _, address in
            try await blocking {
                let client = try HTTP2TestClient(address)
                var expected: [String?] = []
                func expect(_ status: String, on stream: UInt32) throws {
                    let answer = try client.answer(on: stream)
                    #expect(answer.status == status)
                    #expect(answer["x-request-id"]?.count == 13)
                    expected.append(answer["x-request-id"])
                }
                try client.get("/hello", on: 1)
                try expect("200", on: 1)
                try client.get("/nowhere", on: 3)
                try expect("404", on: 3)
                try client.get("/fails", on: 5)
                try expect("500", on: 5)
                try client.get("/hello", on: 7, ("authorization", "none"))
                try expect("403", on: 7)
                try client.post("/echo", on: 9, ("content-length", "100001"))
                try expect("413", on: 9)
                try client.get("/?a=%4", on: 11)
                try expect("400", on: 11)
                #expect(logged.withLock { $0 } == expected)
            }
        }
    }

    @Test(arguments: [
        ("mine", true), (String(repeating: "x", count: 128), true), ("a-b_c.d/e:f", true),
        (String(repeating: "x", count: 129), false), ("with a blank", false), ("ü", false),
    ])
    func theClientsOwnIsTakenWhereItIsSane(id: String, isTaken: Bool) async throws {
        try await withServer { _, address in
            try await blocking {
                let client = try TestClient(address)
                try client.send(
                    get("/hello", "X-Request-Id: \(id)") + get("/nowhere", "X-Request-Id: \(id)"))
                for _ in 0..<2 {
                    let answer = try client.answer()
                    #expect((answer.fields["x-request-id"] == id) == isTaken)
                    #expect(answer.fields["x-request-id"]?.isEmpty == false)
                }
            }
        }
    }
}
