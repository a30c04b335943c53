import Foundation
import HTTP
import HTTPServer
import Logging
import PrometheusText
import Support
import TestSupport
import Testing

@testable import API
@testable import Store

@Suite struct MetricsRoutesTests {
    private func metrics(_ service: TestService) async throws -> PrometheusText {
        let answer = try await service.get("/metrics")
        #expect(answer.status == 200)
        #expect(
            answer.response.fields["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8")
        return try PrometheusText(answer.text)
    }

    @Test func showsEverythingOfAnEmptyService() async throws {
        let service = try await TestService()
        let page = try await metrics(service)
        #expect(page.sum("starling_build_info") == 1)
        for family in [
            "starling_events_total", "starling_recommendations_total", "starling_model_version",
            "starling_model_age_seconds", "starling_training_jobs_total",
            "starling_training_running", "starling_database_bytes", "starling_queue_depth",
            "process_resident_memory_bytes",
        ] { #expect(page.families.contains(family), "\(family)") }
        #expect(page.sum("starling_events_total") == 0)
        #expect(page["starling_queue_capacity", ["queue": "store-writes"]] == 4096)
        #expect(
            page["starling_queue_capacity", ["queue": "recommendation-log"]]
                == Double(service.database.store.recommendationLog.options.queueCapacity))
        #expect(page.sum("starling_database_bytes") > 0)
    }

    @Test func countsEventsByTheVerdict() async throws {
        let service = try await TestService()
        let event = #"{"id":"e1","type":"view","user":"u","item":"i"}"#
        let other = #"{"id":"e1","type":"view","user":"u","item":"j"}"#
        let bad = #"{"type":"view"}"#
        _ = try await service.post("/v1/events", "[\(event),\(bad)]")
        _ = try await service.post("/v1/events", "[\(event),\(other),\(bad)]")
        _ = try await service.post("/v1/events?dryRun=true", "[\(event),\(bad)]")
        let page = try await metrics(service)
        for (verdict, count) in [
            ("accepted", 1), ("duplicate", 1), ("conflict", 1), ("invalid", 2),
        ] as [(String, Double)] {
            #expect(page["starling_events_total", ["verdict": verdict]] == count, "\(verdict)")
        }
        #expect(page["starling_log_events"] == 1)
        #expect(page["starling_log_last_sequence"] == 1)
        #expect(page["starling_users"] == 1)
    }

    @Test func countsRecommendationsByModelAndPolicy() async throws {
        let service = try await TestService()
        _ = try await service.post("/v1/events", #"{"type":"like","user":"u","item":"a"}"#)
        _ = try await service.get("/v1/users/nobody/recommendations")
        let version = try await service.putCheckpoint(items: ["a"], counts: [1])
        let model = TestCheckpoint.model
        _ = try await service.post(
            "/v1/admin/models/\(model)/activate", #"{"version":\#(version)}"#)
        service.database.clock.advance(by: .seconds(90))
        for _ in 0..<2 { _ = try await service.get("/v1/users/nobody/recommendations") }
        _ = try await service.get("/v1/items/a/similar")
        let page = try await metrics(service)
        func count(_ model: String, _ policy: String) -> Double? {
            page["starling_recommendations_total", ["model": model, "policy": policy]]
        }
        #expect(count("none", "fallback:popular") == 1)
        #expect(count("none", "fallback:recent") == 1)  // nothing is similar to the only item
        #expect(count(model, "model") == 2)
        #expect(page["starling_model_version", ["model": model]] == Double(version))
        #expect(page["starling_model_age_seconds", ["model": model]] == 90)
    }

    @Test func showsTheJobs() async throws {
        let service = try await TestService()
        _ = try await service.post("/v1/admin/retrain", "")
        var page = try await metrics(service)
        #expect(page["starling_training_queued_jobs"] == 1)
        #expect(page["starling_training_running"] == 0)
        let store = service.database.store
        let started = service.database.clock.now()
        _ = try await store.updateJob(1) { job in
            (job.state, job.progress, job.startedAt) = (.running, 0.25, started)
        }
        page = try await metrics(service)
        #expect(page["starling_training_running"] == 1)
        #expect(page["starling_training_progress"] == 0.25)
        _ = try await store.updateJob(1) { job in
            (job.state, job.finishedAt) = (.failed, started + .milliseconds(2500))
        }
        page = try await metrics(service)
        #expect(page["starling_training_jobs_total", ["result": "failed"]] == 1)
        #expect(page["starling_training_jobs_total", ["result": "succeeded"]] == 0)
        #expect(page["starling_training_last_duration_seconds", ["result": "failed"]] == 2.5)
        #expect(page["starling_training_running"] == 0)
    }

    /// No number comes twice, so that none passes for another queue's.
    @Test func showsWhatWaitsInEachQueue() async throws {
        let service = try await TestService {
            $0.queueCapacity = 30
            $0.readCapacity = 20
            $0.recommendationLog.queueCapacity = 10
        }
        let store = service.database.store
        let (held, gate) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let page = try await withThrowingTaskGroup(of: Void.self) { group in
            defer { for _ in 0..<2 { gate.signal() } }
            group.addTask {
                try await store.write("hold") { _ in
                    held.signal()
                    gate.wait()
                }
            }
            group.addTask {
                try await store.reader.read { _ in
                    held.signal()
                    gate.wait()
                }
            }
            for _ in 0..<2 {
                while held.wait(timeout: .now()) == .timedOut { await Task.yield() }
            }
            for _ in 0..<2 { group.addTask { try await store.write("wait") { _ in } } }
            while store.waitingWrites < 2 { await Task.yield() }
            for _ in 0..<3 { _ = try await service.get("/v1/users/nobody/recommendations") }
            return try await metrics(service)
        }
        for (queue, depth, capacity) in [
            ("store-writes", 2, 30), ("store-reads", 1, 20), ("recommendation-log", 3, 10),
        ] as [(String, Double, Double)] {
            #expect(page["starling_queue_depth", ["queue": queue]] == depth, "\(queue)")
            #expect(page["starling_queue_capacity", ["queue": queue]] == capacity, "\(queue)")
        }
    }

    /// With an access log and a server that listens no family is left out.
    @Test func theDocumentNamesEachFamilyAndNoOther() async throws {
        var options = APIService.Options()
        let log = try AccessLog(path: "-", clock: SystemWallClock()) { Issue.record("\($0)") }
        defer { log.close() }
        options.accessLog = log
        let service = try await TestService(options: options)
        var listening = HTTPServerOptions()
        (listening.port, listening.loops) = (0, 1)
        listening.metrics = options.serverMetrics
        let server = HTTPServer(
            options: listening, router: try service.api.router(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        _ = try server.start()
        let page = try await metrics(service)
        await server.stop(within: .zero)
        #expect(try Self.documented(as: page.families) == page.families)
    }

    /// The names in the table of docs/operating.md: `…_c` behind `a_b` is `a_c`, and `a_…` is all
    /// that begins so.
    private static func documented(as families: Set<String>) throws -> Set<String> {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let text = try String(
            contentsOf: root.appending(path: "docs/operating.md"), encoding: .utf8)
        let sections = text.components(separatedBy: "\n## ")
        let section = try #require(sections.first { $0.hasPrefix("Metrics\n") })
        var names: Set<String> = []
        for line in section.split(separator: "\n") where line.hasPrefix("| `") {
            let cell = line.dropFirst(2).prefix { $0 != "|" }
            let row = cell.split(separator: "`").map { String($0) }.filter { $0.contains("_") }
            let words = (row.first ?? "").split(separator: "_")
            for name in row {
                if name.hasSuffix("…") {
                    names.formUnion(families.filter { $0.hasPrefix(name.dropLast()) })
                } else if name.hasPrefix("…") {
                    let rest = String(name.dropFirst())
                    let full = words.indices.map { words[..<$0].joined(separator: "_") + rest }
                    names.insert(full.last { families.contains($0) } ?? name)
                } else {
                    names.insert(name)
                }
            }
        }
        return names
    }

    @Test func wantsAKeyWhereThereIsOne() async throws {
        let service = try await TestService(key: "k")
        #expect(try await service.get("/metrics").status == 401)
        let answer = try await service.send(
            .get, "/metrics", fields: ["Authorization": "Bearer k"])
        #expect(answer.status == 200)
    }

    /// As Prometheus asks for it.
    @Test func suitsTheScraper() async throws {
        let service = try await TestService()
        let accept =
            "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.4,*/*;q=0.1"
        let answer = try await service.send(
            .get, "/metrics", fields: ["Accept": accept, "Accept-Encoding": "gzip"])
        #expect(answer.status == 200)
        #expect(answer.response.fields["Content-Encoding"] == "gzip")
        #expect(try await service.get("/metrics?x=1").status == 400)
    }
}
