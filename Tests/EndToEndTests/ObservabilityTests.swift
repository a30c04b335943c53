import Foundation
import HTTP
import PrometheusText
import Support
import Testing

extension EndToEnd {
    /// What an operator sees of a running service.
    @Suite struct ObservabilityTests {
        private static func metrics(_ service: RunningStarling) throws -> PrometheusText {
            let answer = try service.send("GET", "/metrics")
            #expect(answer.status == 200)
            return try PrometheusText(answer.text)
        }

        @Test(.timeLimit(.minutes(5)))
        func theMetricsAreTrue() async throws {
            try await blocking {
                let folder = try TemporaryFolder()
                let service = try RunningStarling(folder.database)
                try service.post((0..<40).map { #"{"type":"like","user":"u","item":"i\#($0)"}"# })
                for _ in 0..<3 { _ = try service.recommendations(for: "u") }
                _ = try service.send("GET", "/nowhere")
                let page = try Self.metrics(service)
                #expect(page["starling_events_total", ["verdict": "accepted"]] == 40)
                #expect(page.sum("starling_recommendations_total") == 3)
                let route = "/v1/users/{user}/recommendations"
                let labels = ["route": route, "method": "GET"]
                #expect(
                    page.sum(
                        "starling_http_requests_total",
                        labels.merging(["status": "200", "protocol": "HTTP/1.1"]) { $1 }) == 3)
                #expect(page["starling_http_request_duration_seconds_count", labels] == 3)
                #expect(page["starling_http_refused_total", ["reason": "not-found"]] == 1)
                #expect(page["starling_log_events"] == 40)
                #expect((page["starling_http_received_bytes_total"] ?? 0) > 1000)
                #expect((page["starling_database_bytes", ["file": "wal"]] ?? 0) > 0)
                let start = page["process_start_time_seconds"] ?? 0
                #expect(abs(start - Date().timeIntervalSince1970) < 600)
                // What it shows adds up: the next page has counted this one.
                let next = try Self.metrics(service)
                #expect(
                    next.sum("starling_http_requests_total", ["route": "/metrics"])
                        == page.sum("starling_http_requests_total", ["route": "/metrics"]) + 1)
            }
        }

        @Test(.timeLimit(.minutes(5)))
        func theAccessLogGoesOnInANewFileAfterAHangup() async throws {
            try await blocking {
                let folder = try TemporaryFolder()
                let path = folder.path("access.log")
                let service = try RunningStarling(
                    folder.database, settings: ["STARLING_HTTP_ACCESS_LOG": path])
                let id = try service.send("GET", "/v1/users/secret-ann/events?limit=7")
                    .fields["x-request-id"]
                try wait(until: "the line is there") { try !Self.lines(path).isEmpty }
                try FileManager.default.moveItem(atPath: path, toPath: path + ".1")
                Glibc.kill(service.processIdentifier, SIGHUP)
                try wait(until: "there is a new file") {
                    FileManager.default.fileExists(atPath: path)
                }
                _ = try service.send("GET", "/health/live")
                service.terminate()
                #expect(service.waitUntilEnded() == 0)
                let old = try Self.lines(path + ".1")
                #expect(old.count == 1)
                #expect(old.first?["route"]?.string == "/v1/users/{user}/events")
                #expect(old.first?["status"]?.integer == 404)
                #expect(old.first?["requestId"]?.string == id)
                #expect(!"\(old)".contains("secret-ann"))
                #expect(try Self.lines(path).map { $0["route"]?.string } == ["/health/live"])
            }
        }

        /// A pipe holds 16 pages, each more than half full at least, since a write that doesn't fit into the
        /// last one begins another; with `trace` each request is a line.
        @Test(.timeLimit(.minutes(5)))
        func aLogThatNobodyReadsHoldsNobodyUp() async throws {
            try await blocking {
                let (folder, pipe) = (try TemporaryFolder(), Pipe())
                let service = try RunningStarling(
                    folder.database, settings: ["STARLING_LOG_LEVEL": "trace"],
                    standardError: pipe.fileHandleForWriting)
                let connection = try HTTPConnection(port: service.port)
                for _ in 0..<2000 {
                    #expect(try connection.send("GET", "/health/live").status == 200)
                }
                service.terminate()
                #expect(service.waitUntilEnded() == 0)
                try pipe.fileHandleForWriting.close()
                #expect(pipe.fileHandleForReading.readDataToEndOfFile().count > 32_000)
            }
        }

        private static func lines(_ path: String) throws -> [JSONValue] {
            try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
                .map { try JSONValue(Array($0.utf8)) }
        }

        @Test(.timeLimit(.minutes(5)))
        func anAccessLogThatCantBeOpenedStopsTheStart() async throws {
            try await blocking {
                let folder = try TemporaryFolder()
                let ending = try Program.run(
                    ["serve", "--database", folder.database, "--listen", "127.0.0.1:0"],
                    environment: ["STARLING_HTTP_ACCESS_LOG": folder.path("none/access.log")])
                #expect(ending.status != 0)
                #expect(ending.errors.contains("http.accessLog"), "\(ending)")
            }
        }

        @Test(.timeLimit(.minutes(5)))
        func contentGoesBothWaysPacked() async throws {
            try await blocking {
                let folder = try TemporaryFolder()
                let service = try RunningStarling(folder.database)
                let lines = (0..<2000).map { #"{"type":"like","user":"u","item":"i\#($0)"}"# }
                let packed = try #require(Gzip.pack(Array(lines.joined(separator: "\n").utf8)))
                let connection = try HTTPConnection(port: service.port)
                let taken = try connection.send(
                    "POST", "/v1/events", packed,
                    fields: ["Content-Type": "application/x-ndjson", "Content-Encoding": "gzip"])
                #expect(try taken.json["accepted"]?.integer == 2000)
                let path = "/v1/users/u/events?limit=1000"
                let plain = try connection.send("GET", path)
                let answer = try connection.send(
                    "GET", path, fields: ["Accept-Encoding": "gzip"])
                #expect(answer.fields["content-encoding"] == "gzip")
                #expect(answer.body.count < plain.body.count / 4)
                let decoder = GzipDecoder()
                decoder.supply(answer.body)
                #expect(try decoder.next(atMost: 1 << 20) == plain.body)
            }
        }
    }
}
