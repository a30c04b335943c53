import HTTP
import HTTP2Frames
import Metrics
import Testing

@testable import HTTPServer

/// What all requests' content may hold together, and when a request's share of it goes back.
@Suite(.timeLimit(.minutes(1)))
struct BodyBudgetTests {
    /// Two clients send five bytes each; the first then sends five more.
    @Test(arguments: [(10, 200), (9, 503)], HTTPVersion.current)
    func allRequestsTogetherHoldSoMuchAndNoMore(
        bound: (limit: Int, status: Int), version: HTTPVersion
    ) async throws {
        let metrics = HTTPServerMetrics()
        try await withServer { options in
            options.loops = 1
            options.maxCollectedBytes = bound.limit
            options.metrics = metrics
        } _: { _, address in
            try await blocking {
                let first = try TestClient(address)
                try first.send(post("/echo", "Content-Length: 10", body: "12345"))
                try passTicks(address)
                if version == .http2 {
                    let second = try HTTP2TestClient(address)
                    try second.post("/echo", on: 1)
                    try second.send(.data(1, "12345"))
                    let answer = try second.answer(on: 1)
                    #expect(answer.status == "\(bound.status)")
                    #expect(answer["retry-after"] == (bound.status == 503 ? "1" : nil))
                } else {
                    let second = try TestClient(address)
                    try second.send(post("/echo", "Content-Length: 5", body: "12345"))
                    let answer = try second.answer()
                    #expect(answer.status == bound.status)
                    #expect(answer.fields["retry-after"] == (bound.status == 503 ? "1" : nil))
                    try second.send(get("/hello"))  // the connection goes on
                    #expect(try second.answer().status == 200)
                }
                try first.send("67890")
                #expect(try first.answer().status == bound.status)
            }
        }
        var page = MetricsPage()
        metrics.write(to: &page)
        let text = String(decoding: page.bytes, as: UTF8.self)
        let refused = #"starling_http_refused_total{reason="too-many-bodies"} 2"#
        #expect(text.contains(refused) == (bound.status == 503))
        #expect(text.contains("starling_http_collected_bytes 0\n"))
        #expect(text.contains("starling_http_collected_bytes_limit \(bound.limit)\n"))
    }

    /// What is collected by a handler from a stream, or unpacked, counts too.
    @Test(arguments: [(10, 10), (11, nil)] as [(Int, Int?)])
    func aStreamThatIsCollectedCounts(bytes: Int, held: Int?) async throws {
        let budget = BodyBudget(limit: 10)
        let reservation = BodyReservation(of: budget)
        let stream = BodyStream()
        _ = stream.supply(.init(repeating: 0x78, count: bytes))
        stream.finish()
        let body = RequestBody.stream(stream)
        do {
            let collected = try await body.collect(upTo: 100, within: reservation)
            #expect(collected.count == held)
        } catch let problem as Problem {
            #expect(held == nil)
            #expect(problem.status == .serviceUnavailable)
        }
        #expect(budget.usedBytes == held ?? 0)
        reservation.release()
        #expect(budget.usedBytes == 0)
    }

    enum Ending: CaseIterable {
        case answer, halfClose, disconnect, timeout, reset
    }

    @Test(arguments: Ending.allCases, HTTPVersion.current)
    func whatARequestHeldGoesBackAtItsEnd(ending: Ending, version: HTTPVersion) async throws {
        try await blocking {
            guard ending != .reset || version == .http2 else { return }  // there is no such thing
            let fixture = try LoopFixture()
            var (client, connection): (TestClient?, Connection) = try fixture.connect()
            try client?.send(post("/echo", bytes: 6, of: 10, version))
            try fixture.turn { fixture.budget.usedBytes == 6 }
            switch ending {
            case .answer:
                try client?.send(
                    version == .http2 ? Frame.data(1, "7890").bytes : Array("7890".utf8))
            case .halfClose:
                client?.finishSending()
                try fixture.turn { connection.phase != .open }
            case .disconnect: client = nil
            case .timeout: fixture.pass(HTTPServerOptions.Timeouts().body)
            case .reset: try client?.send(Frame.resetStream(1).bytes)
            }
            try fixture.turn { fixture.budget.usedBytes == 0 }
            let isGone = ending == .disconnect || ending == .halfClose
            #expect((connection.phase == .closed) == isGone)
            withExtendedLifetime(client) {}
        }
    }

    /// Its handler has the content until its end, also when nobody waits for the answer any more.
    @Test(arguments: [false, true], HTTPVersion.current)
    func whatAHandlerHasCounts(clientLeaves: Bool, version: HTTPVersion) async throws {
        try await blocking {
            let gate = Gate()
            let fixture = try LoopFixture(routes: { router in
                router.on(.post, "/gated", body: .collected(maxBytes: 100)) { _ in
                    .later {
                        await gate.wait()
                        return Response()
                    }
                }
            })
            var (client, connection): (TestClient?, Connection) = try fixture.connect()
            try client?.send(post("/gated", bytes: 6, of: 6, version, ends: true))
            try fixture.turn { fixture.worker.handlers.count == 1 }
            if clientLeaves {
                client?.resetAtEnd()
                client = nil
                try fixture.turn { connection.phase == .closed }
            }
            #expect(fixture.budget.usedBytes == 6)
            gate.open()
            try fixture.turn {
                fixture.budget.usedBytes == 0 && fixture.worker.handlers.count == 0
            }
            withExtendedLifetime(client) {}
        }
    }

    /// Whoever has to help a full service gets through.
    @Test func anEssentialRouteDoesNotCount() async throws {
        try await blocking {
            let fixture = try LoopFixture({ $0.maxCollectedBytes = 1 }) { router in
                router.on(
                    .post, "/vital", body: .collected(maxBytes: 10), isEssential: true
                ) { _ in .now(Response(text: "here")) }
            }
            let (client, _) = try fixture.connect()
            try client.send(post("/vital", "Content-Length: 2", body: "ab"))
            #expect(try fixture.answer(to: client).status == 200)
        }
    }
}
