import Evaluation
import Events
import NeuralNetwork
import Recommenders
import Store
import Support
import TrainerPipe

/// All the work of one request: log → cohorts → for each model fit (or combination), comparison,
/// checkpoint.
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
    private static let evaluationBatch = 128

    let request: TrainerRequest
    let reader: StoreReader
    private let output: any Output
    private let family: @Sendable (String) -> ModelFamily?

    /// - Parameter family: By its name; nil for one that there isn't.
    package init(
        _ request: TrainerRequest, reader: StoreReader, output: any Output,
        family: @escaping @Sendable (String) -> ModelFamily? = { ModelRegistry.family(named: $0) }
    ) {
        self.request = request
        self.reader = reader
        self.output = output
        self.family = family
    }

    package func run() throws {
        let log = try TrainingLog(
            reading: reader, preprocessing: request.preprocessing,
            readsContent: request.models.contains(where: readsContent))
        try output.report(.preprocessed(log.preprocessing))
        let cohorts = Cohorts(log)
        for model in request.models {
            let combining = ModelRegistry.combiningFamily(named: model)
            guard self.family(model) != nil || combining != nil else {
                try output.report(.skipped(model: model, reason: "there is no such model family"))
                continue
            }
            guard !cohorts.training.histories.isEmpty else {
                let reason = "the log has no user with a positive event to train on"
                try output.report(.skipped(model: model, reason: reason))
                continue
            }
            do {
                if let family = self.family(model) {
                    try train(family, log: log, cohorts: cohorts)
                } else if let combining {
                    try combine(combining, log: log, cohorts: cohorts)
                }
            } catch let error as ModelError {
                // The model doesn't fit this log or these settings; the others may.
                try output.report(.skipped(model: model, reason: "\(error)"))
            } catch let error as TrainingError {
                // It diverged or collapsed before any epoch was good; the others may do well.
                try output.report(.skipped(model: model, reason: "\(error)"))
            }
        }
        try output.report(.finished)
    }

    /// Whether the model, or one that it may be made of, knows items by their contents.
    private func readsContent(_ model: String) -> Bool {
        guard let combining = ModelRegistry.combiningFamily(named: model) else {
            return family(model)?.readsContent == true
        }
        // Wrong settings are told of when its turn comes.
        let components = (try? components(of: combining)) ?? []
        return components.contains { family($0)?.readsContent == true }
    }

    private func train(_ family: ModelFamily, log: TrainingLog, cohorts: Cohorts) throws {
        let settings = family.defaults.merging(request.settings[family.name] ?? [:]) { $1 }
        let data = FamilyData(
            readsContent: family.readsContent, log: log, training: cohorts.training)
        let evaluator = evaluator(itemCount: data.items.count)
        let fit = try Fit(
            evaluator: evaluator, validation: cohorts.validation,
            metric: ValidationMetrics.stopping,
            settings: settings)
        let (learner, start) = try learner(of: family, for: data.training, items: data.items)
        let epochs = learner.maxEpochs
        let result = try fit.run(learner) { epoch in
            try report(family.name, epoch, of: epochs)
        }
        try finish(
            result, of: family.name, from: start, against: try incumbent(of: family.name), log: log,
            data: data, cohorts: cohorts)
    }

    func evaluator(itemCount: Int) -> Evaluator {
        Evaluator(
            metrics: Self.metrics, itemCount: itemCount, batchSize: Self.evaluationBatch,
            workers: request.workers)
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
        guard !request.forgetting.contains(family.name) else {
            return try fresh(
                because: "version \(incumbent.version) may know of an erased user")
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

    func report(_ model: String, _ epoch: Fit.Epoch, of epochs: Int) throws {
        var metrics: [String: Double] = [:]
        metrics["loss"] = epoch.loss
        for (key, value) in epoch.metrics { metrics[key.description] = value }
        try output.report(
            .progress(
                TrainingProgress(
                    model: model, epoch: epoch.number, epochs: epochs, metrics: metrics)))
    }

    private func popularity(_ data: TrainingSet) throws -> any Recommender {
        let options = LearnerOptions(seed: request.seed, workers: 1, settings: [:])
        var learner = try PopularityModel.family.makeLearner(data, options)
        _ = try learner.runEpoch()
        return learner.recommender()
    }

    /// Measures what came out and sends it.
    ///
    /// - Parameters:
    ///   - components: The versions that the model is made of; empty for those that stand alone.
    ///   - incumbent: Nil to compare with popularity.
    func finish(
        _ result: Fit.Result, of model: String, from start: TrainingStart,
        components: [String: Int] = [:], against incumbent: Incumbent?, log: TrainingLog,
        data: FamilyData, cohorts: Cohorts
    ) throws {
        let gate = GateComparison(
            evaluator: evaluator(itemCount: data.items.count), cases: cohorts.gate,
            items: data.items, contents: data.contents, family: family)
        let measurement = try gate.measure(
            result.recommender, against: incumbent, popularity: try popularity(data.training),
            seed: request.seed)
        let validation = try ValidationMetrics.measure(
            result.recommender, trainedOn: data.training, on: cohorts.validation,
            batchSize: Self.evaluationBatch, workers: request.workers)
        try send(
            result, of: model, from: start, components: components, log: log, data: data,
            validation: validation, measurement: measurement)
    }

    private func send(
        _ result: Fit.Result, of model: String, from start: TrainingStart,
        components: [String: Int], log: TrainingLog, data: FamilyData,
        validation: [String: Double], measurement: GateMeasurement
    ) throws {
        let samples = data.training.histories.lazy
            .map { history in history.filter { $0.strength > 0 }.map(\.item) }
            .prefix(SampleScores.maximumHistories)
        var notes = result.notes
        notes["stopped"] = result.failureNote
        let checkpoint = ModelCheckpoint(
            family: model, items: data.items, recommender: result.recommender,
            samples: SampleScores(of: result.recommender, histories: Array(samples)),
            origin: ModelCheckpoint.origin(
                [
                    "watermark": "\(log.watermark.rawValue)", "seed": "\(request.seed)",
                    "epoch": "\(result.epoch)", "users": "\(data.training.histories.count)",
                    "start": start.origin, "preprocessing": try log.preprocessing.text(),
                ].merging(notes) { own, _ in own }, components: components))
        let bytes = checkpoint.encoded()
        var metrics = validation
        metrics[measurement.metric] = measurement.candidate
        try output.report(
            .checkpointBegins(
                CheckpointHeader(
                    model: model, start: "\(start)", watermark: log.watermark.rawValue,
                    metrics: metrics, components: components, comparison: measurement,
                    note: result.failureNote)))
        try output.sendParts(of: bytes)
        try output.report(
            .checkpointEnds(byteCount: bytes.count, sha256: CheckpointChecksum.sha256(of: bytes)))
    }
}
