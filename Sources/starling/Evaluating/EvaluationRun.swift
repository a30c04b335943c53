import Evaluation
import Foundation
import Recommenders
import Training

/// Fits models on a protocol's data and measures them: what every evaluation does, be it of one
/// model or of several that are chosen from or combined afterwards.
struct EvaluationRun: Sendable {
    let chosen: EvaluationProtocol
    let data: ProtocolData
    /// Threads that train, and that measure.
    let workers: Int

    /// A model that was fitted, and what it cost.
    struct Fitted {
        var family: ModelFamily
        /// What validation measured: it learned from `ProtocolData.training`.
        var validated: any Recommender
        /// What the chosen split is measured with: `validated`, or for the test part of a protocol
        /// with `ProtocolData.everything` the last fit.
        var final: any Recommender
        /// The chosen one; 1 for methods without epochs.
        var epoch: Int
        /// From the loaded data to the chosen weights, validation and stopping included.
        var trainSeconds: Double
        /// Of training alone, without validation.
        var secondsPerEpoch: Double

        var cost: EvaluationReport.Cost {
            EvaluationReport.Cost(
                trainSeconds: trainSeconds, epochs: epoch, secondsPerEpoch: secondsPerEpoch,
                peakMemoryBytes: ProcessMemory.peakBytes, weightBytes: final.weightBytes)
        }
    }

    /// Trains with early stopping on validation, showing progress on standard error.
    ///
    /// - Parameters:
    ///   - settings: What is set over the family's defaults.
    ///   - split: What the fit is for. Only for the test part is there a last fit on everything.
    func fit(
        _ family: ModelFamily, settings: ModelSettings, seed: UInt64,
        for split: ProtocolData.Split
    ) throws -> Fitted {
        func learner(on training: TrainingSet) throws -> any Learner {
            try family.makeLearner(
                training, LearnerOptions(seed: seed, workers: workers, settings: settings))
        }
        let start = ContinuousClock.now
        let first = try learner(on: data.training)
        for (key, value) in first.notes.sorted(by: { $0.key < $1.key }) {
            FileHandle.standardError.write(Data("\(key) \(value)\n".utf8))
        }
        let fit = try Fit(
            evaluator: evaluator(metrics: [chosen.stopping]), validation: data.validation,
            metric: chosen.stopping, settings: family.defaults.merging(settings) { $1 })
        var progress = EpochProgress(
            label: family.name, metric: chosen.stopping, epochs: first.maxEpochs)
        let result = try fit.run(first) { progress.show($0) }
        progress.finish()
        if let note = result.failureNote {
            FileHandle.standardError.write(Data("\(note)\n".utf8))
        }
        var final = result.recommender
        if split == .test, let everything = data.everything {
            final = try fit.refit(try learner(on: everything), epochs: result.epoch)
        }
        return Fitted(
            family: family, validated: result.recommender, final: final,
            epoch: max(result.epoch, 1), trainSeconds: (ContinuousClock.now - start).inSeconds,
            secondsPerEpoch: progress.trainingSeconds / Double(max(result.epochsRun, 1)))
    }

    /// Every metric of the protocol on one of its parts, showing progress on standard error.
    func measure(
        _ recommender: any Recommender, on split: ProtocolData.Split
    ) throws -> EvaluationResult {
        let catalogue = CatalogueProfile(data.training(for: split))
        let progress = MeasuringProgress(label: "measuring \(split)")
        defer { progress.finish() }
        return try evaluator(metrics: chosen.metrics, catalogue: catalogue)
            .evaluate(recommender, on: data.cases(of: split)) { progress.show($0, of: $1) }
    }

    /// All that there is to say of a model on a part; beside it what was measured of each user.
    func report(
        of model: String, _ recommender: any Recommender, cost: EvaluationReport.Cost, seed: UInt64,
        on split: ProtocolData.Split
    ) throws -> (report: EvaluationReport, result: EvaluationResult) {
        let result = try measure(recommender, on: split)
        let report = EvaluationReport(
            protocol: chosen.name, model: model, seed: seed, split: split.rawValue,
            decisive: chosen.decisive, result: result, cost: cost, notes: try notes(on: split))
        return (report, result)
    }

    func evaluator(
        metrics: [MetricKey], catalogue: CatalogueProfile? = nil
    ) -> Evaluator {
        Evaluator(
            metrics: metrics, itemCount: data.training.itemCount, workers: workers,
            recallDenominator: chosen.recallDenominator, catalogue: catalogue)
    }
}
