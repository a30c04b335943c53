import HTTP
import PrometheusText
import Store
import Support
import TestSupport
import Testing

@testable import API

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
