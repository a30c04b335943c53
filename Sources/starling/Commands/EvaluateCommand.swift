import ArgumentParser
import Evaluation
import Foundation
import Importing
import Recommenders
import Training

struct EvaluateCommand: ParsableCommand {
    enum EvaluationProtocol: String, ExpressibleByArgument {
        case H
    }

    enum Split: String, ExpressibleByArgument {
        case validation, test
    }

    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Measure a model on a published data set.",
        discussion: """
            Protocol H: users who were never in training (strong generalisation) on MovieLens-1M. \
            The whole catalogue is ranked, a tie counts against the model, and the epoch is chosen \
            on the validation users. Progress goes to standard error.
            """)

    @Option(name: .customLong("protocol"), help: "H.")
    var evaluationProtocol: EvaluationProtocol

    @Option(help: "The folder with the data set as published.")
    var data: String

    @Option(help: "One of \(ModelRegistry.families.map(\.name).joined(separator: ", ")).")
    var model: String

    @Option(help: "Which users are measured: validation or test.")
    var split = Split.test

    @Option(help: "Seed of everything random.")
    var seed: UInt64 = 1

    @Option(name: .customLong("set"), help: "A setting of the model over its default, KEY=VALUE.")
    var overrides: [String] = []

    @Option(help: "Threads. (default: one per core)")
    var workers: Int?

    @Flag(help: "Print one JSON object on standard output.")
    var json = false

    private static let metrics = [
        MetricKey(.recall, at: 20), MetricKey(.recall, at: 50), MetricKey(.ndcg, at: 100),
        MetricKey(.ndcg, at: 10), MetricKey(.hitRate, at: 10), MetricKey(.coverage, at: 100),
        MetricKey(.gini, at: 100),
    ]
    private static let decisive = MetricKey(.ndcg, at: 100)

    func run() throws {
        guard let family = ModelRegistry.family(named: model) else {
            throw ValidationError("there is no model named \(model)")
        }
        let dataset = RatingsDataset(ratings: try MovieLensFolder(path: data).ratings())
        let split = StrongGeneralisation(dataset)
        let workers = workers ?? ProcessInfo.processInfo.activeProcessorCount
        let evaluator = Evaluator(
            metrics: Self.metrics, itemCount: dataset.itemCount, workers: workers)
        let settings = try modelSettings(family)

        let start = ContinuousClock.now
        let learner = try family.makeLearner(
            TrainingSet(itemCount: dataset.itemCount, histories: split.train),
            LearnerOptions(seed: seed, workers: workers, settings: settings))
        let patience = settings["patience"] ?? family.defaults["patience"] ?? 1
        let fit = Fit(
            evaluator: evaluator, validation: split.validation, metric: Self.decisive,
            patience: Int(patience))
        var display = ProgressDisplay(label: model)
        let maxEpochs = learner.maxEpochs
        var trainingSeconds = 0.0
        let result = try fit.run(learner) { epoch in
            trainingSeconds += epoch.seconds
            display.show(
                fraction: Double(epoch.number) / Double(maxEpochs), text: Self.describe(epoch))
        }
        display.finish()
        let trainSeconds = (ContinuousClock.now - start).inSeconds

        let cases = self.split == .test ? split.test : split.validation
        let measured = try evaluator.means(of: result.recommender, on: cases)
        try report(
            EvaluationReport(
                protocol: evaluationProtocol.rawValue, model: model, seed: seed,
                split: self.split.rawValue, metrics: measured.byName, trainSeconds: trainSeconds,
                epochs: max(result.epoch, 1),
                secondsPerEpoch: trainingSeconds / Double(max(result.epochsRun, 1)),
                peakMemoryBytes: ProcessMemory.peakBytes))
    }

    private func modelSettings(_ family: ModelFamily) throws -> ModelSettings {
        var settings: ModelSettings = [:]
        for text in overrides {
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, let value = Double(parts[1]),
                family.defaults[parts[0]] != nil
            else {
                let known = family.defaults.keys.sorted().joined(separator: ", ")
                throw ValidationError("--set \(text) must be KEY=NUMBER with a key of: \(known)")
            }
            settings[parts[0]] = value
        }
        return settings
    }

    private static func describe(_ epoch: Fit.Epoch) -> String {
        let quality = epoch.metrics[decisive].map { String(format: " %@ %.4f", "\(decisive)", $0) }
        return String(format: "epoch %d loss %.3f", epoch.number, epoch.loss) + (quality ?? "")
    }

    private func report(_ report: EvaluationReport) throws {
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys]
            print(String(decoding: try encoder.encode(report), as: UTF8.self))
            return
        }
        print("protocol \(report.protocol), \(report.model), \(report.split), seed \(report.seed)")
        for (name, value) in report.metrics.sorted(by: { $0.key < $1.key }) {
            print(
                "  " + name.padding(toLength: 14, withPad: " ", startingAt: 0)
                    + String(format: "%.4f", value))
        }
        print(
            String(
                format: "  trained %.1f s, best epoch %d, %.2f s an epoch, peak memory %d MB",
                report.trainSeconds, report.epochs, report.secondsPerEpoch,
                report.peakMemoryBytes / 1_000_000))
    }
}

/// What `--json` prints.
private struct EvaluationReport: Encodable {
    var `protocol`: String
    var model: String
    var seed: UInt64
    var split: String
    var metrics: [String: Double]
    /// From the loaded data to the chosen weights, validation and stopping included.
    var trainSeconds: Double
    /// The chosen epoch; 1 for methods without epochs.
    var epochs: Int
    /// Of training alone, without validation.
    var secondsPerEpoch: Double
    var peakMemoryBytes: Int
}

extension [MetricKey: Double] {
    fileprivate var byName: [String: Double] {
        Dictionary<String, Double>(uniqueKeysWithValues: map { ($0.key.description, $0.value) })
    }
}

enum ProcessMemory {
    /// The largest resident size so far.
    static var peakBytes: Int {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_maxrss * 1024  // Linux counts in KiB
    }
}
