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
    /// What the trainer left out of the log, as JSON; empty until it has said so.
    private var preprocessing = "{}"
    /// Until the trainer has read the log.
    var retentionPause: RetentionPause?
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
        while true {
            switch try Self.message(in: try await Self.nextFrame(from: child)) {
            case .preprocessed(let report):
                retentionPause?.end()
                try note(report)
            case .progress(let progress):
                try await record(progress)
            case .checkpointBegins(let header):
                try await receiveCheckpoint(header, from: child)
            case .skipped(let model, let reason):
                results.append(
                    JobResult(
                        model: model, version: nil, start: nil, promoted: false,
                        reason: tellingOfErased(reason, of: model)))
            case .checkpointEnds:
                throw Failure(reason: "the trainer ended a checkpoint that it hadn't begun")
            case .failed(let reason):
                throw Failure(reason: reason)
            case .finished:
                return
            }
        }
    }

    /// - Throws: `Failure` when the job was cancelled.
    func requireRunning() async throws {
        guard try await store.reader.job(job.id)?.state == .running else {
            throw Failure(reason: "the job was cancelled")
        }
    }

    /// - Throws: `Failure` where the trainer ends without a word, or says what is no frame.
    private static func nextFrame(from child: TrainerChild) async throws -> Frame {
        do {
            if let frame = try await child.nextFrame() { return frame }
        } catch let error as FrameError {
            // Where a frame broke off, how the process ended says more.
            guard error == .brokenOff else {
                throw Failure(reason: "the trainer sent bytes that are no frame: \(error)")
            }
        }
        throw Failure(reason: describe(await child.waitUntilEnded()))
    }

    private static func message(in frame: Frame) throws -> TrainerMessage {
        guard frame.kind == .message else {
            throw Failure(reason: "the trainer sent a part of no checkpoint")
        }
        do {
            return try frame.decoded(as: TrainerMessage.self)
        } catch is DecodingError {
            throw Failure(reason: "the trainer sent a message that is none of ours")
        }
    }

    /// - Throws: `Failure` where nothing was trained, with the reasons.
    func requireOutcome() throws {
        guard results.allSatisfy({ $0.version == nil }) else { return }
        let reasons = results.map(\.reason).joined(separator: "; ")
        throw Failure(
            reason: reasons.isEmpty ? "the trainer finished without training anything" : reasons)
    }

    private mutating func note(_ report: PreprocessingReport) throws {
        preprocessing = try report.text()
        logger.info(
            "log preprocessed",
            metadata: ["job": "\(job.id)", "report": "\(preprocessing)"])
    }

    private func record(_ progress: TrainingProgress) async throws {
        let metrics = try JobText.encode(progress.metrics)
        let done = models.firstIndex(of: progress.model) ?? 0
        let share = Double(progress.epoch) / Double(max(progress.epochs, 1))
        _ = try await store.updateJob(job.id) { [models] row in
            guard row.state == .running else { return }
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
            model: header.model, watermark: EventSequence(header.watermark), jobID: job.id,
            components: header.components)
        do {
            try await receiveParts(of: info.id, header, from: child)
        } catch {
            await abandon(info)
            throw error
        }
        try await requireRunning()  // nothing is promoted after a cancel
        results.append(try await promote(header, version: info.version))
        let text = try JobText.encode(results)
        _ = try await store.updateJob(job.id) { $0.results = text }
    }

    private func receiveParts(
        of id: CheckpointID, _ header: CheckpointHeader, from child: TrainerChild
    ) async throws {
        while true {
            let frame = try await Self.nextFrame(from: child)
            if frame.kind == .part {
                try await store.appendCheckpointPart(id, frame.payload)
                continue
            }
            guard case .checkpointEnds(let byteCount, let sha256) = try Self.message(in: frame)
            else { throw Failure(reason: "the trainer broke off a checkpoint") }
            _ = try await store.finishCheckpoint(
                id, checksum: sha256, byteCount: byteCount,
                metrics: try JobText.encode(header.metrics), preprocessing: preprocessing)
            return
        }
    }

    /// Where the store can't even remove what came so far, the next start does.
    private func abandon(_ info: CheckpointInfo) async {
        do {
            try await store.abandonCheckpoint(info.id)
        } catch {
            logger.error(
                "unfinished checkpoint left behind",
                metadata: [
                    "model": "\(info.model)", "version": "\(info.version)",
                    "reason": "\(error)",
                ])
        }
    }

    private func promote(_ header: CheckpointHeader, version: Int) async throws -> JobResult {
        var verdict = PromotionGate.verdict(on: header.comparison, isForced: job.force)
        let current = deployments.version(of: header.model)
        if !job.force, current != header.comparison.incumbentVersion {
            verdict = PromotionGate.Verdict(
                isPromoted: false,
                reason: "kept aside: another version came into service while this one was trained")
        }
        if let note = header.note { verdict.reason += "; " + note }
        if !verdict.isPromoted {
            verdict.reason = tellingOfErased(verdict.reason, of: header.model)
        }
        do {
            if verdict.isPromoted {
                try await deployments.activate(
                    model: header.model, version: version, reason: verdict.reason)
            } else {
                try await store.setCheckpointState(
                    model: header.model, version: version, .rejected, reason: verdict.reason)
            }
        } catch let Deployments.Refusal.notServable(_, _, reason) {
            verdict = PromotionGate.Verdict(
                isPromoted: false, reason: tellingOfErased(reason, of: header.model))
        }
        logger.info(
            "model trained",
            metadata: [
                "model": "\(header.model)", "version": "\(version)",
                "start": "\(header.start)", "promoted": "\(verdict.isPromoted)",
                "reason": "\(verdict.reason)",
            ])
        return JobResult(
            model: header.model, version: version, start: header.start,
            promoted: verdict.isPromoted, reason: verdict.reason)
    }

    /// Why a model has no new version in service, in a job that an erasure asked for.
    private func tellingOfErased(_ reason: String, of model: String) -> String {
        guard job.kind == JobRecord.erasure, let version = deployments.version(of: model) else {
            return reason
        }
        return reason + "; version \(version), which stays in service, may know of an erased user"
    }

    private static func describe(_ ending: ChildProcess.Ending) -> String {
        switch ending {
        case .exited(let status): "the trainer ended early with status \(status)"
        case .killed(let signal): "the trainer was killed by signal \(signal)"
        }
    }
}
