import Foundation
import Logging
import Recommenders
import Serving
import Store
import Support
import TestSupport

@testable import Jobs
@testable import TrainerPipe

/// A supervisor whose trainer is a shell script that plays frames from a file.
struct FakeTrainer {
    let database: TemporaryStore
    let slots = ModelSlots()
    let supervisor: Supervisor
    let log = RecordedLog()
    var store: Store { database.store }

    /// - Parameters:
    ///   - frames: What `$FRAMES`, a file, holds.
    ///   - script: What the trainer does, for `sh -c`.
    init(
        playing frames: [Frame] = [], script: String = "cat $FRAMES",
        enabled: [String] = ["popularity", "ease"],
        change: (inout StoreOptions) -> Void = { _ in }
    ) async throws {
        database = try TemporaryStore(change: change)
        let file = database.file("frames")
        try Data(frames.flatMap { $0.encoded() }).write(to: file)
        var options = JobOptions(
            database: database.path, enabledModels: enabled, workers: 1)
        options.trainer = URL(fileURLWithPath: "/bin/sh")
        let folder = file.deletingLastPathComponent().path
        options.trainerArguments = ["-c", "FOLDER='\(folder)'; FRAMES=$FOLDER/frames; \(script)"]
        let items = ItemDirectory()
        items.put(try await database.store.reader.itemDirectory())
        supervisor = try await Supervisor(
            store: database.store, slots: slots,
            loader: ModelLoader(reader: database.store.reader, items: items, slots: slots),
            options: options,
            clock: database.clock, logger: log.logger)
    }

    /// Queues a job and works until nothing is left.
    func train(
        _ models: [String] = ["popularity"], mode: JobRecord.Mode = .warm, isForced: Bool = false
    ) async throws -> JobRecord {
        let (job, _) = try await supervisor.retrain(
            models: models, mode: mode, isForced: isForced)
        try await supervisor.runQueued()
        return try await self.job(job.id)
    }

    func job(_ id: Int64) async throws -> JobRecord {
        guard let job = try await store.reader.job(id) else {
            throw Supervisor.Refusal.unknownJob(id)
        }
        return job
    }

    func results(of job: JobRecord) throws -> [JobResult] {
        try JSONDecoder().decode([JobResult].self, from: Data(job.results.utf8))
    }

    /// A script that writes down the request, then plays the frames.
    static let writingDownTheRequest = """
        length=$(head -c 5 | od -An -tu1 | awk '{ print $2 + 256 * $3 }'); \
        head -c $length > $FOLDER/request; cat $FRAMES
        """

    /// What a trainer that writes it down was asked.
    func request(_ name: String = "request") throws -> TrainerRequest {
        try JSONDecoder().decode(
            TrainerRequest.self, from: Data(contentsOf: database.file(name)))
    }

    /// Waits until the trainer has made the file.
    func waitForFile(_ name: String) async throws {
        while !FileManager.default.fileExists(atPath: database.file(name).path) {
            try await Task.sleep(for: .milliseconds(5))
        }
    }
}

extension Frame {
    static func message(_ message: TrainerMessage) throws -> Frame {
        Frame(kind: .message, payload: [UInt8](try JSONEncoder().encode(message)))
    }

    static func progress(_ epoch: Int, of epochs: Int, model: String = "popularity") throws -> Frame
    {
        try message(
            .progress(
                TrainingProgress(
                    model: model, epoch: epoch, epochs: epochs, metrics: ["loss": 0.5])))
    }

    static func checkpointBegins(
        difference: Double = 0.1, model: String = "popularity", incumbent version: Int? = nil,
        components: [String: Int] = [:], note: String? = nil
    ) throws -> Frame {
        let comparison = GateMeasurement(
            metric: "ndcg@10", incumbentVersion: version, candidate: 0.4 + difference,
            incumbent: 0.4,
            difference: difference, lower: difference, upper: difference, users: 30)
        return try message(
            .checkpointBegins(
                CheckpointHeader(
                    model: model, start: "fresh", watermark: 12, metrics: ["ndcg@10": 0.5],
                    components: components, comparison: comparison, note: note)))
    }

    /// A whole checkpoint: header, two parts, end.
    static func checkpoint(
        _ bytes: [UInt8], difference: Double = 0.1, model: String = "popularity",
        sha256: String? = nil, incumbent version: Int? = nil, components: [String: Int] = [:],
        note: String? = nil
    ) throws -> [Frame] {
        let middle = bytes.count / 2
        return [
            try checkpointBegins(
                difference: difference, model: model, incumbent: version, components: components,
                note: note),
            Frame(kind: .part, payload: Array(bytes[..<middle])),
            Frame(kind: .part, payload: Array(bytes[middle...])),
            try message(
                .checkpointEnds(
                    byteCount: bytes.count,
                    sha256: sha256 ?? CheckpointChecksum.sha256(of: bytes))),
        ]
    }
}
