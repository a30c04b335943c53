import Foundation
import Logging
import Store
import Support
import TrainerPipe

/// One training job from start to end: the trainer's messages into the store, its checkpoints
/// through the gate into service.
struct JobRun: Sendable {
    /// The job can't go on; the text becomes its `error`.
    struct Failure: Error {
        var reason: String
    }

    let job: JobRecord
    let store: Store
    let deployments: Deployments
    let logger: Logger
    private(set) var results: [JobResult] = []
    private var models: [String] { job.models }

    init(job: JobRecord, store: Store, deployments: Deployments, logger: Logger) {
        self.job = job
        self.store = store
        self.deployments = deployments
        self.logger = logger
    }

    /// Follows the trainer to its end.
    ///
    /// - Throws: `Failure` with the reason, or the store's error.
    mutating func follow(_ child: TrainerChild) async throws {
        while let frame = try await child.nextFrame() {
            switch try frame.decoded(as: TrainerMessage.self) {
            case .progress(let progress):
                try await record(progress)
            case .checkpointBegins(let header):
                try await receiveCheckpoint(header, from: child)
            case .skipped(let model, let reason):
                results.append(
                    JobResult(model: model, version: nil, promoted: false, reason: reason))
            case .checkpointEnds:
                throw Failure(reason: "the trainer ended a checkpoint that it hadn't begun")
            case .failed(let reason):
                throw Failure(reason: reason)
            case .finished:
                try requireOutcome()
                return
            }
        }
        throw Failure(reason: Self.describe(await child.waitUntilEnded()))
    }

    private func requireOutcome() throws {
        if !results.isEmpty, results.allSatisfy({ $0.version == nil }) {
            throw Failure(reason: results.map(\.reason).joined(separator: "; "))
        }
    }

    private func record(_ progress: TrainingProgress) async throws {
        let metrics = try JobText.encode(progress.metrics)
        let done = models.firstIndex(of: progress.model) ?? 0
        let share = Double(progress.epoch) / Double(max(progress.epochs, 1))
        _ = try await store.updateJob(job.id) { [models] row in
            row.model = progress.model
            row.epoch = progress.epoch
            row.epochs = progress.epochs
            row.progress = (Double(done) + share) / Double(max(models.count, 1))
            row.metrics = metrics
        }
    }

    private mutating func receiveCheckpoint(
        _ header: CheckpointHeader, from child: TrainerChild
    ) async throws {
        let info = try await store.beginCheckpoint(
            model: header.model, watermark: EventSequence(header.watermark), jobID: job.id)
        do {
            try await receiveParts(of: info.id, header, from: child)
        } catch {
            try await store.abandonCheckpoint(info.id)
            throw error
        }
        results.append(try await promote(header, version: info.version))
        let text = try JobText.encode(results)
        _ = try await store.updateJob(job.id) { $0.results = text }
    }

    private func receiveParts(
        of id: CheckpointID, _ header: CheckpointHeader, from child: TrainerChild
    ) async throws {
        while let frame = try await child.nextFrame() {
            if frame.kind == .part {
                try await store.appendCheckpointPart(id, frame.payload)
                continue
            }
            guard
                case .checkpointEnds(let byteCount, let sha256) =
                    try frame.decoded(as: TrainerMessage.self)
            else { throw Failure(reason: "the trainer broke off a checkpoint") }
            _ = try await store.finishCheckpoint(
                id, checksum: sha256, byteCount: byteCount,
                metrics: try JobText.encode(header.metrics))
            return
        }
        throw Failure(reason: Self.describe(await child.waitUntilEnded()))
    }

    private func promote(_ header: CheckpointHeader, version: Int) async throws -> JobResult {
        var verdict = PromotionGate.verdict(on: header.comparison, isForced: job.force)
        do {
            if verdict.isPromoted {
                try await deployments.activate(
                    model: header.model, version: version, reason: verdict.reason)
            } else {
                try await store.setCheckpointState(
                    model: header.model, version: version, .rejected, reason: verdict.reason)
            }
        } catch let Deployments.Refusal.notServable(_, _, reason) {
            verdict = PromotionGate.Verdict(isPromoted: false, reason: reason)
        }
        logger.info(
            "model trained",
            metadata: [
                "model": "\(header.model)", "version": "\(version)",
                "promoted": "\(verdict.isPromoted)", "reason": "\(verdict.reason)",
            ])
        return JobResult(
            model: header.model, version: version, promoted: verdict.isPromoted,
            reason: verdict.reason)
    }

    private static func describe(_ ending: TrainerChild.Ending) -> String {
        switch ending {
        case .exited(let status): "the trainer ended early with status \(status)"
        case .killed(let signal): "the trainer was killed by signal \(signal)"
        }
    }
}
