import Foundation
import HTTP
import HTTPServer
import Metrics
import PrometheusText
import Support
import Synchronization
import Testing

@Suite struct MetricsTests {
    private static let requests = "starling_http_requests_total"
    private static let seconds = "starling_http_request_duration_seconds"

    private func count(
        _ page: PrometheusText, _ method: String, _ route: String, _ status: String,
        _ version: String
    ) -> Double? {
        page[
            Self.requests,
            ["method": method, "route": route, "status": status, "protocol": version]]
    }

    @Test func countsByRouteMethodStatusAndProtocol() async throws {
        let metrics = HTTPServerMetrics()
        try await withServer {
            $0.metrics = metrics
        } _: { _, address in
            try await blocking {
                for user in ["ann", "bob", "eve"] {
                    let client = try TestClient(address)
                    try client.send(get("/users/\(user)/x"))
                    #expect(try client.answer().status == 200)
                }
                let client = try TestClient(address)
                try client.send("HEAD /hello HTTP/1.1\r\nHost: h\r\n\r\n")
                _ = try client.answer(toHead: true)
                try client.send(get("/hello") + get("/later") + get("/nowhere"))
                for _ in 0..<3 { _ = try client.answer() }
                try client.send("BREW /hello HTTP/1.1\r\nHost: h\r\n\r\n")
                #expect(try client.answer().status == 501)
                try client.send("PUT /hello HTTP/1.1\r\nHost: h\r\n\r\n")
                #expect(try client.answer().status == 405)
                try client.send("OPTIONS /hello HTTP/1.1\r\nHost: h\r\n\r\n")
                #expect(try client.answer().status == 204)
                try client.send("GET /hello HTTP/1.0\r\n\r\n")
                #expect(try client.answer().status == 200)
                let old = try TestClient(address)
                try old.send("x\r\n\r\n")
                #expect(try old.answer().status == 400)
                let newer = try HTTP2TestClient(address)
                try newer.get("/hello", on: 1)
                try newer.get("/fails", on: 3)
                try newer.get("/?a=%4", on: 5)
                for stream in [1, 3, 5] as [UInt32] { _ = try newer.answer(on: stream) }
            }
        }
        let page = try metrics.page()
        let one = "HTTP/1.1"
        #expect(count(page, "GET", "/users/{user}/x", "200", one) == 3)
        #expect(count(page, "HEAD", "/hello", "200", one) == 1)
        #expect(count(page, "GET", "/hello", "200", one) == 1)
        #expect(count(page, "GET", "/later", "200", one) == 1)
        #expect(count(page, "GET", "none", "404", one) == 1)
        #expect(count(page, "other", "/hello", "501", one) == 1)
        #expect(count(page, "other", "/hello", "405", one) == 1)
        #expect(count(page, "OPTIONS", "/hello", "204", one) == 1)
        #expect(count(page, "GET", "/hello", "200", "HTTP/1.0") == 1)
        #expect(count(page, "none", "none", "400", one) == 1)
        #expect(count(page, "GET", "/hello", "200", "HTTP/2") == 1)
        #expect(count(page, "GET", "/fails", "500", "HTTP/2") == 1)
        #expect(count(page, "none", "none", "400", "HTTP/2") == 1)
        #expect(page.sum(Self.requests) == 15)
        #expect(page.sum(Self.seconds + "_count") == 15)
        #expect(
            page[Self.seconds + "_count", ["method": "GET", "route": "/users/{user}/x"]] == 3)
        #expect(page["starling_http_refused_total", ["reason": "not-found"]] == 1)
        #expect(page["starling_http_refused_total", ["reason": "internal-error"]] == 1)
        #expect(page["starling_http_connections_total"] == 6)
        #expect(page["starling_http_connections"] == 0)
    }

    @Test func countsConnectionsAndBytes() async throws {
        let metrics = HTTPServerMetrics()
        try await withServer {
            $0.metrics = metrics
        } _: { _, address in
            let (request, answer) = try await blocking {
                let client = try TestClient(address)
                try client.send(get("/hello"))
                let whole = try client.receiveBytes()
                let page = try metrics.page()
                #expect(page["starling_http_connections"] == 1)
                #expect(page["starling_http_connections_limit"] == 8192)
                return (get("/hello").utf8.count, whole.count)
            }
            let page = try metrics.page()
            #expect(page["starling_http_received_bytes_total"] == Double(request))
            #expect(page["starling_http_sent_bytes_total"] == Double(answer))
        }
    }

    /// The duration ends when the answer is there, not when the handler has returned.
    @Test func measuresUntilTheAnswer() async throws {
        let (metrics, gate) = (HTTPServerMetrics(), Gate())
        let clock = ManualMonotonicClock()
        try await withServer {
            $0.metrics = metrics
            $0.clock = clock
        } routes: { router in
            router.on(.get, "/waits") { _ in
                .later {
                    await gate.wait()
                    return Response(text: "done")
                }
            }
        } _: { _, address in
            try await blocking {
                let client = try TestClient(address)
                try client.send(get("/waits"))
                try passTicks(address)
                clock.advance(by: .milliseconds(700))
                gate.open()
                #expect(try client.answer().body == "done")
            }
        }
        let page = try metrics.page()
        let labels = ["method": "GET", "route": "/waits"]
        #expect(page[Self.seconds + "_sum", labels] == 0.7)
        #expect(page[Self.seconds + "_bucket", labels.merging(["le": "0.5"]) { $1 }] == 0)
        #expect(page[Self.seconds + "_bucket", labels.merging(["le": "1"]) { $1 }] == 1)
    }

    @Test func countsWhatItGivesUpWaitingFor() async throws {
        let (metrics, clock) = (HTTPServerMetrics(), ManualMonotonicClock())
        try await withServer {
            $0.metrics = metrics
            $0.clock = clock
            $0.loops = 1
        } _: { _, address in
            try await blocking {
                let (slow, slower) = (try TestClient(address), try TestClient(address))
                let idle = try TestClient(address)
                try slow.send("GET /hello HT")
                try slower.send(post("/echo", "Content-Length: 5", body: "ab"))
                try passTicks(address)
                clock.advance(by: HTTPServerOptions.Timeouts().idle)
                try passTicks(address)
                #expect(try slow.answer().status == 408)
                #expect(try slower.answer().status == 408)
                #expect(try idle.isAtEnd())
            }
        }
        let page = try metrics.page()
        for wait in ["head", "body", "next-request"] {
            #expect(page["starling_http_timeouts_total", ["wait": wait]] == 1, "\(wait)")
        }
        #expect(page["starling_http_refused_total", ["reason": "request-timeout"]] == 2)
    }

    @Test func countsWhatItRefusesOverHTTP2() async throws {
        let metrics = HTTPServerMetrics()
        try await withServer {
            $0.metrics = metrics
            $0.limits.http2.maxIdleFrames = 5
        } _: { _, address in
            try await blocking {
                let malformed = try HTTP2TestClient(address)
                for stream in [1, 3] as [UInt32] {
                    try malformed.get("/hello", on: stream, ("Bad", "x"))
                    #expect(try malformed.answer(on: stream).error == 1)
                }
                let flood = try HTTP2TestClient(address)
                for _ in 0..<6 { try flood.send(.ping()) }
                #expect(try flood.endOfConnection() == 11)
                let broken = try HTTP2TestClient(address)
                try broken.send(.windowUpdate(0, 0))
                #expect(try broken.endOfConnection() == 1)
            }
        }
        let page = try metrics.page()
        let ended = "starling_http2_ended_connections_total"
        #expect(page[ended, ["reason": "idle-frames"]] == 1)
        #expect(page[ended, ["reason": "protocol-error"]] == 1)
        #expect(page.sum(ended) == 2)
        let refused = "starling_http2_refused_streams_total"
        #expect(page[refused, ["reason": "malformed"]] == 2)
        #expect(page[refused, ["reason": "running-handlers"]] == 0)
        #expect(page.sum(refused) == 2)
    }

    @Test func aNewServerHasAnEmptyPage() throws {
        var page = MetricsPage()
        HTTPServerMetrics().write(to: &page)
        #expect(page.bytes.isEmpty)
    }
}

extension HTTPServerMetrics {
    /// What they write, as a scraper reads it.
    func page() throws -> PrometheusText {
        var page = MetricsPage()
        write(to: &page)
        return try PrometheusText(String(decoding: page.bytes, as: UTF8.self))
    }
}
