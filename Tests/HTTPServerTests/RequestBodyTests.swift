import Foundation
import HTTP
import HTTPServer
import Support
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1)))
struct RequestBodyTests {
    @Test func collectsABodyOfKnownLength() async throws {
        try await withServer { _, address in
            try await blocking {
                let client = try TestClient(address)
                let body = String(repeating: "abc", count: 33_333)
                for _ in 0..<2 {
                    try client.send(post("/echo", "Content-Length: \(body.utf8.count)", body: body))
                    #expect(try client.answer().body == body)
                }
            }
        }
    }

    @Test func collectsChunks() async throws {
        try await withServer { _, address in
            try await blocking {
                let client = try TestClient(address)
                let chunks = "3\r\nabc\r\n4;x\r\ndefg\r\n0\r\nT: t\r\n\r\n"
                try client.send(post("/echo", "Transfer-Encoding: chunked", body: chunks))
                #expect(try client.answer().body == "abcdefg")
                try client.send(get("/hello"))
                #expect(try client.answer().body == "hello")
            }
        }
    }

    @Test func asksForABodyThatIsWanted() async throws {
        try await withServer { _, address in
            try await blocking {
                let client = try TestClient(address)
                try client.send(post("/echo", "Content-Length: 2", "Expect: 100-continue"))
                #expect(try client.answer().status == 100)
                try client.send("hi")
                #expect(try client.answer().body == "hi")
            }
        }
    }

    @Test(arguments: [("/nowhere", 404), ("/hello", 405), ("/echo", 413)])
    func doesNotAskForABodyThatIsNot(path: String, status: Int) async throws {
        try await withServer { _, address in
            try await blocking {
                let client = try TestClient(address)
                try client.send(post(path, "Content-Length: 200000", "Expect: 100-continue"))
                let answer = try client.answer()
                #expect(answer.status == status)
                #expect(answer.fields["connection"] == "close")
                #expect(try client.isAtEnd())
            }
        }
    }

    /// A route that wants no body is asked at once; what comes of a body changes nothing.
    @Test(arguments: [("0", ""), ("2", "hi")])
    func aHandlerRunsOnceWhereItsBodyIsNotAskedFor(length: String, body: String) async throws {
        let calls = Atomic(0)
        try await withServer(routes: { router in
            router.on(.post, "/slow") { _ in
                calls.wrappingAdd(1, ordering: .relaxed)
                return .later {
                    try? await Task.sleep(for: .milliseconds(50))
                    return Response(text: "done")
                }
            }
        }) { _, address in
            try await blocking {
                let client = try TestClient(address)
                let head = post("/slow", "Content-Length: \(length)", "Expect: 100-continue")
                try client.send(head + body)
                #expect(try client.answer().body == "done")
                let second = try HTTP2TestClient(address)
                try second.post("/slow", on: 1, ("expect", "100-continue"))
                try second.send(.data(1, body))
                #expect(try second.answer(on: 1).body == "done")
            }
        }
        #expect(calls.load(ordering: .relaxed) == 2)
    }

    @Test func admissionRefusesBeforeTheBody() async throws {
        try await withServer { options in
            options.admission = { request in
                guard request.fields["Authorization"] != nil else {
                    throw Problem(.unauthorized, type: "unauthorized")
                }
            }
        } _: { _, address in
            try await blocking {
                let client = try TestClient(address)
                try client.send(post("/echo", "Content-Length: 100000"))
                #expect(try client.answer().status == 401)
                #expect(try client.isAtEnd())
            }
        }
    }

    @Test func refusesTooMuchWhicheverWayItComes() async throws {
        try await withServer { _, address in
            try await blocking {
                let known = try TestClient(address)
                try known.send(post("/echo", "Content-Length: 100001"))
                #expect(try known.answer().status == 413)
                #expect(try known.isAtEnd())
                let chunked = try TestClient(address)
                let data = String(repeating: "x", count: 0x10000)
                let chunk = "10000\r\n\(data)\r\n"
                try chunked.send(post("/echo", "Transfer-Encoding: chunked", body: chunk + chunk))
                #expect(try chunked.answer().status == 413)
                #expect(try chunked.isAtEnd())
            }
        }
    }

    @Test func throwsASmallUnwantedBodyAwayAndKeepsTheConnection() async throws {
        try await withServer { _, address in
            try await blocking {
                let client = try TestClient(address)
                try client.send(post("/nowhere", "Content-Length: 60000"))
                #expect(try client.answer().status == 404)
                try client.send(String(repeating: "x", count: 60000) + get("/hello"))
                #expect(try client.answer().body == "hello")
            }
        }
    }

    /// The client sends more than the kernel holds before it reads the answer: it must find it all
    /// the same.
    @Test func aClientThatIsStillSendingFindsTheAnswer() async throws {
        try await withServer { _, address in
            try await blocking {
                let client = try TestClient(address)
                try client.send(post("/nowhere", "Content-Length: 8000000"))
                try client.send([UInt8](repeating: 0x78, count: 8_000_000))
                #expect(try client.answer().status == 404)
            }
        }
    }

    @Test func streamsABody() async throws {
        try await withServer { _, address in
            try await blocking {
                let client = try TestClient(address)
                try client.send(post("/count", "Content-Length: 5000000"))
                try client.send([UInt8](repeating: 0x78, count: 5_000_000))
                #expect(try client.answer().body == "5000000")
                try client.send(get("/hello"))
                #expect(try client.answer().body == "hello")
            }
        }
    }

    @Test func aSlowConsumerHoldsItsClientBack() async throws {
        let gate = Gate()
        let limit = 200_000_000
        try await withServer(routes: { router in
            router.on(.post, "/gated", body: .streamed) { request in
                .later {
                    await gate.wait()
                    return await countBytes(of: request.body)
                }
            }
        }) { _, address in
            try await blocking {
                let client = try TestClient(address)
                try client.send(post("/gated", "Content-Length: \(limit)"))
                var sent = 0
                // Until nothing more goes out for a while: then all buffers are full.
                while case let more = client.sendWithoutWaiting(upTo: limit - sent), more > 0 {
                    sent += more
                    usleep(100_000)
                }
                #expect(sent < limit / 2)
                gate.open()
                try client.send([UInt8](repeating: 0x78, count: limit - sent))
                #expect(try client.answer().body == "\(limit)")
            }
        }
    }

    /// The time in which the handler doesn't read isn't the client's.
    @Test func aSlowConsumerDoesNotTimeItsClientOut() async throws {
        let (gate, clock) = (Gate(), ManualMonotonicClock())
        try await withServer(
            { options in
                options.clock = clock
                options.loops = 1
                options.streamHighWaterBytes = 1
            },
            routes: { router in
                router.on(.post, "/gated", body: .streamed) { request in
                    .later {
                        await gate.wait()
                        return await countBytes(of: request.body)
                    }
                }
            }
        ) { _, address in
            try await blocking {
                let client = try TestClient(address)
                try client.send(post("/gated", "Content-Length: 100000"))
                try client.send([UInt8](repeating: 0x78, count: 100_000))
                try passTicks(address)
                clock.advance(by: HTTPServerOptions.Timeouts().body + .seconds(1))
                try passTicks(address)
                gate.open()
                #expect(try client.answer().body == "100000")
            }
        }
    }

    @Test func tellsTheHandlerThatTheClientBrokeOff() async throws {
        let (told, tell) = AsyncStream.makeStream(of: String.self)
        try await withServer(routes: { router in
            router.on(.post, "/told", body: .streamed) { request in
                .later {
                    let response = await countBytes(of: request.body)
                    tell.yield(String(decoding: response.body, as: UTF8.self))
                    return response
                }
            }
        }) { _, address in
            try await blocking {
                let client = try TestClient(address)
                try client.send(post("/told", "Content-Length: 10", body: "half"))
            }
            var ends = told.makeAsyncIterator()
            #expect(await ends.next()?.contains("incomplete-body") == true)
        }
    }

    @Test func aBrokenStreamIsTheHandlersToAnswer() async throws {
        try await withServer { _, address in
            try await blocking {
                let client = try TestClient(address)
                try client.send(post("/count", "Transfer-Encoding: chunked", body: "1\r\nabc"))
                let answer = try client.answer()
                #expect(answer.status == 400)
                #expect(answer.body.contains("invalid-chunk"))
                #expect(try client.isAtEnd())
            }
        }
    }
}
