import ArgumentParser
import Foundation
import Jobs
import Store

/// A job as somebody who watches it sees it.
struct JobView: Decodable, Sendable {
    struct Result: Decodable, Sendable {
        var model: String
        var version: Int?
        var start: String?
        var promoted: Bool
        var reason: String
    }

    var id: Int64
    var state: String
    var model: String?
    var epoch: Int?
    var epochs: Int?
    var progress: Double
    var metrics: [String: Double]
    var results: [Result]
    var error: String?

    var hasEnded: Bool { ["succeeded", "failed", "cancelled"].contains(state) }
}

/// Where a job can be looked at: the service in this process, or one behind HTTP.
protocol JobSource: Sendable {
    func job(_ id: Int64) async throws -> JobView
}

extension RunningService: JobSource {
    func job(_ id: Int64) async throws -> JobView {
        guard let job = try await store.reader.job(id) else {
            throw Supervisor.Refusal.unknownJob(id)
        }
        let decoder = JSONDecoder()
        return JobView(
            id: job.id, state: job.state.rawValue, model: job.model, epoch: job.epoch,
            epochs: job.epochs, progress: job.progress,
            metrics: try decoder.decode([String: Double].self, from: Data(job.metrics.utf8)),
            results: try decoder.decode([JobView.Result].self, from: Data(job.results.utf8)),
            error: job.error)
    }
}

/// Follows a job on the terminal to its end.
enum TrainingView {
    private static let interval = Duration.milliseconds(200)

    /// - Returns: The job as it ended.
    /// - Throws: `ExitCode.failure` when it failed or was cancelled, after saying why.
    @discardableResult
    static func follow(jobs: any JobSource, id: Int64) async throws -> JobView {
        var display = ProgressDisplay(label: "training")
        while true {
            let job = try await jobs.job(id)
            if job.hasEnded {
                display.finish()
                try report(job)
                return job
            }
            display.show(fraction: job.progress, text: describe(job))
            try await Task.sleep(for: interval)
        }
    }

    private static func describe(_ job: JobView) -> String {
        guard let model = job.model, let epoch = job.epoch else { return job.state }
        let metrics = job.metrics.sorted { $0.key < $1.key }
            .filter { $0.key == "loss" || $0.key == "ndcg@10" }
            .map { "\($0.key) \(String(format: "%.4f", $0.value))" }
        return "\(model) epoch \(epoch) of at most \(job.epochs ?? epoch) "
            + metrics.joined(separator: " ")
    }

    private static func report(_ job: JobView) throws {
        for result in job.results {
            let version = result.version.map { " version \($0)" } ?? ""
            let start = result.start.map { " (start: \($0))" } ?? ""
            let verdict = result.promoted ? "in service" : "not promoted"
            print("\(result.model)\(version): \(verdict): \(result.reason)\(start)")
        }
        guard job.state == "succeeded" else {
            ProgressDisplay.say("job \(job.id) \(job.state): \(job.error ?? "no reason given")")
            throw ExitCode.failure
        }
    }
}
