import Foundation
import HTTP
import HTTPServer
import Metrics
import Store
import Support

/// `GET /metrics`: everything that is counted, for Prometheus. docs/operating.md lists it.
struct MetricsRoutes {
    let service: APIService

    var routes: [Route] {
        [
            Route(
                .get, "/metrics", .anyKey,
                Operation(
                    .service, "getMetrics", "Everything that is counted, for Prometheus",
                    answers: [.init(status: .ok, content: .text)]), get)
        ]
    }

    /// What the store tells in one read.
    private struct Stored: Sendable {
        var counts: StoreStatistics
        var jobs: JobSummary
        var models: [CheckpointInfo]
    }

    private func get(_ request: Request) throws -> Reply {
        .work(for: request) {
            let page = self.page(try await stored())
            return Response(contentType: MetricsPage.contentType, body: page.bytes)
        }
    }

    private func stored() async throws -> Stored {
        let versions = service.recommendations.slots.versions.sorted { $0.key < $1.key }
        return try await service.store.reader.read { snapshot in
            Stored(
                counts: try snapshot.statistics(), jobs: try snapshot.jobSummary(),
                models: try versions.compactMap { model, version in
                    try snapshot.checkpoint(model: model, version: version)
                })
        }
    }

    private func page(_ stored: Stored) -> MetricsPage {
        var page = MetricsPage()
        page.begin(.gauge, "starling_build_info", "The version of the program; always 1.")
        page.add(1, ["version": service.options.version])
        service.options.serverMetrics.write(to: &page)
        service.metrics.write(to: &page)
        writeModels(stored.models, to: &page)
        writeTraining(stored.jobs, to: &page)
        writeStore(stored.counts, to: &page)
        writeRetention(stored.counts, to: &page)
        writeQueues(to: &page)
        service.options.accessLog?.write(to: &page)
        ProcessMetrics.write(to: &page)
        return page
    }

    private func writeModels(_ models: [CheckpointInfo], to page: inout MetricsPage) {
        page.begin(.gauge, "starling_model_version", "The version in service.")
        for model in models { page.add(model.version, ["model": model.model]) }
        page.begin(
            .gauge, "starling_model_age_seconds", "How long ago the version in service was made.")
        let now = service.clock.now()
        for model in models {
            page.add(Self.seconds(now - model.createdAt), ["model": model.model])
        }
        page.begin(
            .gauge, "starling_model_watermark",
            "The last event that the version in service was trained on.")
        for model in models {
            page.add(Int(model.watermark.rawValue), ["model": model.model])
        }
        page.begin(.gauge, "starling_model_bytes", "The size of the version in service.")
        for model in models { page.add(model.byteCount, ["model": model.model]) }
    }

    private func writeTraining(_ jobs: JobSummary, to page: inout MetricsPage) {
        page.begin(
            .counter, "starling_training_jobs_total", "Jobs that have ended, by their result.")
        for state in [JobRecord.State.succeeded, .failed, .cancelled] {
            page.add(jobs.counts[state] ?? 0, ["result": state.rawValue])
        }
        page.single(
            .gauge, "starling_training_queued_jobs", "Jobs that wait.", jobs.counts[.queued] ?? 0)
        page.single(
            .gauge, "starling_training_running", "1 while a job runs.", jobs.running == nil ? 0 : 1)
        page.single(
            .gauge, "starling_training_progress", "How far the running job is, 0 to 1.",
            jobs.running?.progress ?? 0)
        page.begin(
            .gauge, "starling_training_last_duration_seconds",
            "How long the job ran that ended last.")
        if let last = jobs.lastEnded, let start = last.startedAt, let end = last.finishedAt {
            page.add(Self.seconds(end - start), ["result": last.state.rawValue])
        }
    }

    private func writeStore(_ counts: StoreStatistics, to page: inout MetricsPage) {
        page.single(
            .gauge, "starling_store_writable", "1 while what is written gets to the disk.",
            service.store.health.fault == nil ? 1 : 0)
        page.single(.gauge, "starling_log_events", "Events in the log.", counts.events)
        page.single(.gauge, "starling_users", "Known users.", counts.users)
        page.single(.gauge, "starling_items", "Known items.", counts.items)
        page.single(
            .gauge, "starling_log_last_sequence", "The number of the newest event.",
            Int(counts.lastSequence.rawValue))
        page.single(
            .gauge, "starling_users_in_memory", "Users whose state is in memory.",
            service.recommendations.users.count)
        let memory = service.recommendations.users.memory
        page.single(
            .gauge, "starling_user_cache_bytes", "What users' states take in memory.",
            memory.bytes)
        page.single(
            .counter, "starling_user_cache_evictions_total",
            "Users whose state left memory for others'.", memory.evictions)
        let path = service.store.options.path
        page.begin(.gauge, "starling_database_bytes", "Size of the database's files.")
        page.add(Self.size(of: path), ["file": "database"])
        page.add(Self.size(of: path + "-wal"), ["file": "wal"])
    }

    private func writeRetention(_ counts: StoreStatistics, to page: inout MetricsPage) {
        let retention = service.store.retentionStatus.counts
        page.single(
            .gauge, "starling_log_folded_events", "Events that are only counts by now.",
            counts.foldedEvents)
        page.begin(
            .counter, "starling_retention_events_total", "Events that left the log for their age.")
        page.add(retention.folded, ["result": "folded"])
        page.add(retention.dropped, ["result": "dropped"])
        page.begin(.counter, "starling_retention_passes_total", "Passes over the log.")
        page.add(retention.passes, ["result": "done"])
        page.add(retention.failedPasses, ["result": "failed"])
        page.begin(
            .gauge, "starling_retention_last_pass_seconds", "How long the last pass took.")
        if let last = retention.lastPass { page.add(Self.seconds(last)) }
        page.begin(
            .gauge, "starling_retention_longest_step_seconds",
            "How long one step kept the writer at most.")
        page.add(Self.seconds(retention.longestStep))
        page.single(
            .gauge, "starling_erasure_traces",
            "1 while the write-ahead log may still hold what was erased.",
            service.store.holdsErasedTraces ? 1 : 0)
    }

    private func writeQueues(to page: inout MetricsPage) {
        let (store, accessLog) = (service.store, service.options.accessLog)
        let answers = store.recommendationLog.counts
        page.begin(.gauge, "starling_queue_depth", "What waits in a bounded queue.")
        page.add(store.waitingWrites, ["queue": "store-writes"])
        page.add(store.reader.readsUnderWay, ["queue": "store-reads"])
        page.add(answers.waiting, ["queue": "recommendation-log"])
        if let accessLog { page.add(accessLog.waitingCount, ["queue": "access-log"]) }
        page.begin(
            .gauge, "starling_queue_capacity",
            "How much may wait; what is above is refused or dropped.")
        page.add(store.options.queueCapacity, ["queue": "store-writes"])
        page.add(store.options.readCapacity, ["queue": "store-reads"])
        page.add(
            store.recommendationLog.options.queueCapacity, ["queue": "recommendation-log"])
        if accessLog != nil { page.add(AccessLog.capacity, ["queue": "access-log"]) }
        page.single(
            .counter, "starling_recommendation_log_dropped_total",
            "Answers that were not logged: too many were waiting, or another has the number.",
            answers.dropped)
        page.single(
            .counter, "starling_recommendation_log_failed_writes_total",
            "Transactions of logged answers that failed.", answers.failedWrites)
    }

    private static func seconds(_ duration: Duration) -> Double { duration / .seconds(1) }

    /// 0 where there is no such file.
    private static func size(of path: String) -> Int {
        var info = stat()
        return stat(path, &info) == 0 ? Int(info.st_size) : 0
    }
}
