import Evaluation
import Events
import NeuralNetwork
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

    /// What is looked at after each epoch; `ValidationMetrics` has all that is measured in the end.
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
            } catch let error as TrainingError {
                // It diverged or collapsed, and is never served; the others may do well.
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
        let fit = try Fit(
            evaluator: evaluator, validation: cohorts.validation, metric: Self.stopping,
            settings: settings)
        let (learner, start) = try learner(
            of: family, for: cohorts.training, items: log.items)
        let (epochs, notes) = (learner.maxEpochs, learner.notes)
        let result = try fit.run(learner) { epoch in
            try output.report(.progress(progress(family.name, epoch, of: epochs)))
        }
        let gate = GateComparison(evaluator: evaluator, cases: cohorts.gate, items: log.items)
        let measurement = try gate.measure(
            result.recommender, against: try incumbent(of: family.name),
            popularity: try popularity(cohorts.training), seed: request.seed)
        let validation = try ValidationMetrics.measure(
            result.recommender, trainedOn: cohorts.training, on: cohorts.validation,
            batchSize: Self.evaluationBatch, workers: request.workers)
        try send(
            result, of: family, from: start, notes: notes, log: log, cohorts: cohorts,
            validation: validation, measurement: measurement)
    }

    /// Read where it is needed: a large one isn't held in memory while the model is trained.
    private func incumbent(of model: String) throws -> Incumbent? {
        try request.incumbents[model].flatMap {
            try Incumbent.read(model: model, version: $0, from: reader)
        }
    }

    /// The learner, going on from the incumbent where that was asked for and is possible.
    private func learner(
        of family: ModelFamily, for data: TrainingSet, items: [ItemID]
    ) throws -> (any Learner, TrainingStart) {
        var options = LearnerOptions(
            seed: request.seed, workers: request.workers,
            settings: request.settings[family.name] ?? [:])
        func fresh(because reason: String?) throws -> (any Learner, TrainingStart) {
            options.start = nil
            return (try family.makeLearner(data, options), .fresh(reason: reason))
        }
        guard request.isWarm else { return try fresh(because: nil) }
        guard let incumbent = try incumbent(of: family.name) else {
            let damaged = request.incumbents[family.name].map { "version \($0) is damaged" }
            return try fresh(because: damaged ?? "no version is in service")
        }
        options.start = WarmStart(incumbent.checkpoint, items: items)
        do {
            let learner = try family.makeLearner(data, options)
            let start = TrainingStart.fresh(reason: "\(family.name) solves anew each time")
            return (learner, learner.isWarm ? .version(incumbent.version) : start)
        } catch let misfit as WarmStart.Misfit {
            return try fresh(because: "version \(incumbent.version) doesn't fit: \(misfit)")
        }
    }

    private func progress(
        _ model: String, _ epoch: Fit.Epoch, of epochs: Int
    ) -> TrainingProgress {
        var metrics: [String: Double] = [:]
        metrics["loss"] = epoch.loss
        for (key, value) in epoch.metrics { metrics[key.description] = value }
        return TrainingProgress(
            model: model, epoch: epoch.number, epochs: epochs, metrics: metrics)
    }

    private func popularity(_ data: TrainingSet) throws -> any Recommender {
        let options = LearnerOptions(seed: request.seed, workers: 1, settings: [:])
        var learner = try PopularityModel.family.makeLearner(data, options)
        _ = try learner.runEpoch()
        return learner.recommender()
    }

    private func send(
        _ result: Fit.Result, of family: ModelFamily, from start: TrainingStart,
        notes: [String: String], log: TrainingLog, cohorts: Cohorts,
        validation: [String: Double], measurement: GateMeasurement
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
                "start": start.origin,
            ].merging(notes) { own, _ in own })
        let bytes = checkpoint.encoded()
        var metrics = validation
        metrics[measurement.metric] = measurement.candidate
        try output.report(
            .checkpointBegins(
                CheckpointHeader(
                    model: family.name, start: "\(start)", watermark: log.watermark.rawValue,
                    metrics: metrics, comparison: measurement)))
        try output.sendParts(of: bytes)
        try output.report(
            .checkpointEnds(byteCount: bytes.count, sha256: CheckpointChecksum.sha256(of: bytes)))
    }
}
