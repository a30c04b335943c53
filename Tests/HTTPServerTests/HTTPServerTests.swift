import Foundation
import HTTP
import HTTPServer
import Synchronization
import Testing

/// Over real sockets on the loopback.
@Suite(.timeLimit(.minutes(1)))
struct HTTPServerTests {
    @Test func keepsTheConnection() async throws {
        try await withServer { _, address in
            try await blocking {
                let client = try TestClient(address)
                for _ in 0..<3 {
                    try client.send(get("/hello"))
                    let answer = try client.answer()
                    #expect(answer.status == 200)
                    #expect(answer.body == "hello")
                    #expect(answer.fields["connection"] == nil)
                    #expect(answer.fields["server"] == "starling")
                    #expect(answer.fields["date"]?.hasSuffix(" GMT") == true)
                }
            }
        }
    }

    @Test func answersPipelinedRequestsInOrder() async throws {
        try await withServer { _, address in
            try await blocking {
                let client = try TestClient(address)
                let users = (0..<200).map { get($0 % 3 == 0 ? "/later" : "/users/\($0)/x") }
                try client.send(users.joined())
                for number in 0..<200 {
                    let expected = number % 3 == 0 ? "later" : "\(number)"
                    #expect(try client.answer().body == expected)
                }
            }
        }
    }

    @Test func answersTheLastRequestBeforeTheClientsEnd() async throws {
        try await withServer { _, address in
            try await blocking {
                let client = try TestClient(address)
                try client.send(get("/later") + get("/hello"))
                client.finishSending()
                #expect(try client.answer().body == "later")
                #expect(try client.answer().body == "hello")
                #expect(try client.isAtEnd())
            }
        }
    }

    @Test func closesWhenTheClientAsksForIt() async throws {
        try await withServer { _, address in
            try await blocking {
                let client = try TestClient(address)
                try client.send(get("/hello", "Connection: close"))
                #expect(try client.answer().fields["connection"] == "close")
                #expect(try client.isAtEnd())
            }
        }
    }

    @Test func servesHTTP10() async throws {
        try await withServer { _, address in
            try await blocking {
                let client = try TestClient(address)
                try client.send("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
                #expect(try client.answer().fields["connection"] == "keep-alive")
                try client.send("GET /hello HTTP/1.0\r\n\r\n")
                #expect(try client.answer().fields["connection"] == "close")
                #expect(try client.isAtEnd())
            }
        }
    }

    @Test func answersHeadWithoutContent() async throws {
        try await withServer { _, address in
            try await blocking {
                let client = try TestClient(address)
                try client.send("HEAD /hello HTTP/1.1\r\nHost: h\r\n\r\n" + get("/hello"))
                #expect(try client.answer(toHead: true).fields["content-length"] == "5")
                #expect(try client.answer().body == "hello")
            }
        }
    }

    /// RFC 9110 sections 9.3.7 and 9.3.8, 15.5.6 and 15.6.2.
    @Test func answersOptionsAndMethodsThatAreNotThere() async throws {
        try await withServer { _, address in
            try await blocking {
                let client = try TestClient(address)
                for (method, target, status, allow) in [
                    ("OPTIONS", "/hello", 204, "GET, HEAD, OPTIONS"), ("OPTIONS", "*", 204, nil),
                    ("OPTIONS", "/nowhere", 404, nil),
                    ("POST", "/hello", 405, "GET, HEAD, OPTIONS"),
                    ("TRACE", "/hello", 405, "GET, HEAD, OPTIONS"), ("BREW", "/hello", 501, nil),
                ] as [(String, String, Int, String?)] {
                    try client.send("\(method) \(target) HTTP/1.1\r\nHost: h\r\n\r\n")
                    let answer = try client.answer()
                    #expect(answer.status == status)
                    #expect(answer.fields["allow"] == allow)
                }
            }
        }
    }

    @Test func holdsAnswersToTheRequestsConditions() async throws {
        let tagged: Fields = ["Content-Type": "text/plain", "ETag": "\"1\""]
        try await withServer(routes: { router in
            router.on(.get, "/now") { _ in .now(Response(fields: tagged, body: [0x31])) }
            router.on(.get, "/then") { _ in .later { Response(fields: tagged, body: [0x31]) } }
        }) { _, address in
            try await blocking {
                let client = try TestClient(address)
                for path in ["/now", "/then"] {
                    try client.send(get(path, "If-None-Match: \"1\""))
                    let kept = try client.answer()
                    #expect(kept.status == 304)
                    #expect(kept.fields["etag"] == "\"1\"")
                    try client.send(get(path, "Accept: image/png"))
                    #expect(try client.answer().status == 406)
                }
            }
        }
    }

    @Test func takesOverASaneRequestID() async throws {
        try await withServer { _, address in
            try await blocking {
                let client = try TestClient(address)
                try client.send(get("/hello", "X-Request-Id: mine-1"))
                #expect(try client.answer().fields["x-request-id"] == "mine-1")
                try client.send(get("/hello", "X-Request-Id: not mine"))
                let made = try client.answer().fields["x-request-id"]
                #expect(made?.utf8.count == 13)
            }
        }
    }

    @Test func answersErrorsAsProblems() async throws {
        try await withServer { _, address in
            try await blocking {
                let client = try TestClient(address)
                try client.send(get("/fails"))
                let failed = try client.answer()
                #expect(failed.status == 500)
                #expect(!failed.body.contains("Cocoa"))
                try client.send(get("/nowhere"))
                let missing = try client.answer()
                #expect(missing.status == 404)
                #expect(missing.fields["content-type"] == "application/problem+json")
                #expect(missing.body.contains(#""instance":"/nowhere""#))
                try client.send(get("/echo"))
                let refused = try client.answer()
                #expect(refused.status == 405)
                #expect(refused.fields["allow"] == "OPTIONS, POST")
                try client.send("GET / HTTP/1.1\r\n\r\n")
                let bad = try client.answer()
                #expect(bad.status == 400)
                #expect(bad.fields["connection"] == "close")
                #expect(try client.isAtEnd())
            }
        }
    }

    @Test func tellsTheObserverNoIDs() async throws {
        let seen = Mutex<[String]>([])
        try await withServer { options in
            options.onAnswered = { request in
                let method = request.method?.rawValue ?? "?"
                let line = "\(method) \(request.route) \(request.status.code)"
                seen.withLock { $0.append(line) }
            }
        } _: { _, address in
            try await blocking {
                let client = try TestClient(address)
                try client.send(get("/users/secret/x"))
                _ = try client.answer()
                try client.send("x\r\n")
                _ = try client.answer()
            }
        }
        #expect(seen.withLock { $0 } == ["GET /users/{user}/x 200", "?  400"])
    }
}
