import Evaluation
import Events
import Recommenders
import Store
import Support
import TrainerPipe

/// All the work of one request: log → cohorts → for each model fit, comparison, checkpoint.
package struct TrainingRun {
    /// Where progress and checkpoints go.
    package protocol Output {
        func report(_ message: TrainerMessage) throws
        func sendParts(of bytes: [UInt8]) throws
    }

    /// Validation and gate look at the same depth.
    private static let metrics = [
        MetricKey(.ndcg, at: 10), MetricKey(.recall, at: 20), MetricKey(.ndcg, at: 100),
    ]
    /// What stops the training: deep, since a few validation users have few hits at 10.
    private static let stopping = MetricKey(.ndcg, at: 100)
    private static let evaluationBatch = 128

    private let request: TrainerRequest
    private let reader: StoreReader
    private let output: any Output

    package init(_ request: TrainerRequest, reader: StoreReader, output: any Output) {
        self.request = request
        self.reader = reader
        self.output = output
    }

    package func run() throws {
        let log = try TrainingLog(reading: reader)
        let cohorts = Cohorts(log)
        for model in request.models {
            guard let family = ModelRegistry.family(named: model) else {
                try output.report(.skipped(model: model, reason: "there is no such model family"))
                continue
            }
            guard !cohorts.training.histories.isEmpty else {
                let reason = "the log has no user with a positive event to train on"
                try output.report(.skipped(model: model, reason: reason))
                continue
            }
            do {
                try train(family, log: log, cohorts: cohorts)
            } catch let error as ModelError {
                // The model doesn't fit this log or these settings; the others may.
                try output.report(.skipped(model: model, reason: "\(error)"))
            }
        }
        try output.report(.finished)
    }

    private func train(_ family: ModelFamily, log: TrainingLog, cohorts: Cohorts) throws {
        let settings = family.defaults.merging(request.settings[family.name] ?? [:]) { $1 }
        let evaluator = Evaluator(
            metrics: Self.metrics, itemCount: log.items.count,
            batchSize: Self.evaluationBatch, workers: request.workers)
        let learner = try family.makeLearner(
            cohorts.training,
            LearnerOptions(
                seed: request.seed, workers: request.workers,
                settings: request.settings[family.name] ?? [:]))
        let epochs = learner.maxEpochs
        let fit = Fit(
            evaluator: evaluator, validation: cohorts.validation, metric: Self.stopping,
            patience: Int(settings["patience"] ?? 10))
        let result = try fit.run(learner) { epoch in
            try output.report(.progress(progress(family.name, epoch, of: epochs)))
        }
        let gate = GateComparison(evaluator: evaluator, cases: cohorts.gate, items: log.items)
        let measurement = try gate.measure(
            result.recommender, against: try incumbent(of: family.name),
            popularity: try popularity(cohorts.training), seed: request.seed)
        try send(result, of: family, log: log, cohorts: cohorts, measurement: measurement)
    }

    private func progress(
        _ model: String, _ epoch: Fit.Epoch, of epochs: Int
    ) -> TrainingProgress {
        var metrics = ["loss": epoch.loss]
        for (key, value) in epoch.metrics { metrics[key.description] = value }
        return TrainingProgress(
            model: model, epoch: epoch.number, epochs: epochs, metrics: metrics)
    }

    private func incumbent(of model: String) throws -> (ModelCheckpoint, Int)? {
        guard let version = request.incumbents[model] else { return nil }
        do {
            let bytes = try reader.loadCheckpoint(model: model, version: version)
            return (try ModelCheckpoint(decoding: bytes), version)
        } catch let error as StoreError where error.code == .damagedCheckpoint {
            return nil  // then the candidate is compared with popularity, and the model gets well
        }
    }

    private func popularity(_ data: TrainingSet) throws -> any Recommender {
        let options = LearnerOptions(seed: request.seed, workers: 1, settings: [:])
        var learner = try PopularityModel.family.makeLearner(data, options)
        _ = try learner.runEpoch()
        return learner.recommender()
    }

    private func send(
        _ result: Fit.Result, of family: ModelFamily, log: TrainingLog, cohorts: Cohorts,
        measurement: GateMeasurement
    ) throws {
        let samples = cohorts.training.histories.lazy
            .map { history in history.filter { $0.strength > 0 }.map(\.item) }
            .prefix(SampleScores.maximumHistories)
        let checkpoint = ModelCheckpoint(
            family: family.name, items: log.items, recommender: result.recommender,
            samples: SampleScores(of: result.recommender, histories: Array(samples)),
            origin: [
                "watermark": "\(log.watermark.rawValue)", "seed": "\(request.seed)",
                "epoch": "\(result.epoch)", "users": "\(cohorts.training.histories.count)",
            ])
        let bytes = checkpoint.encoded()
        var metrics: [String: Double] = [measurement.metric: measurement.candidate]
        for (key, value) in result.metrics { metrics["validation." + key.description] = value }
        try output.report(
            .checkpointBegins(
                CheckpointHeader(
                    model: family.name, watermark: log.watermark.rawValue, metrics: metrics,
                    comparison: measurement)))
        try output.sendParts(of: bytes)
        try output.report(
            .checkpointEnds(byteCount: bytes.count, sha256: CheckpointChecksum.sha256(of: bytes)))
    }
}
