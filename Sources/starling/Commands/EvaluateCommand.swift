import ArgumentParser
import Evaluation
import Foundation
import Training

struct EvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Measure a model on a published data set.",
        discussion: """
            Protocol L: the next item of each user (leave last out). Protocol H: users who were \
            never in training (strong generalisation). Protocol new-items: items that nobody used \
            yet, among each other. All on MovieLens-1M. The whole catalogue \
            is ranked, a tie counts against the model, and the epoch is chosen on validation. \
            Progress goes to standard error.
            """)

    @Option(name: .customLong("protocol"), help: "L, H or new-items.")
    var protocolName: String

    @Option(help: "The folder with the data set as published.")
    var data: String

    @OptionGroup var arguments: ModelArguments

    @Option(help: "What is measured in the end.")
    var split = ProtocolData.Split.test

    @Flag(help: "Print one JSON object on standard output.")
    var json = false

    func validate() throws {
        _ = try EvaluationProtocol.named(protocolName)
    }

    func run() throws {
        let chosen = try EvaluationProtocol.named(protocolName)
        let data = try chosen.load(data)
        let evaluator = Evaluator(
            metrics: chosen.metrics, itemCount: data.training.itemCount,
            workers: arguments.threads)

        let start = ContinuousClock.now
        let learner = try arguments.learner(on: data.training)
        let fit = try Fit(
            evaluator: evaluator, validation: data.validation, metric: chosen.decisive,
            settings: try arguments.allSettings())
        var progress = EpochProgress(
            label: arguments.model, metric: chosen.decisive, epochs: learner.maxEpochs)
        let result = try fit.run(learner) { progress.show($0) }
        progress.finish()
        let trainSeconds = (ContinuousClock.now - start).inSeconds

        let measured = try evaluator.means(
            of: result.recommender, on: data.cases(of: split))
        let references = try data.references(of: split, by: evaluator, metrics: chosen.metrics)
        let report = EvaluationReport(
            protocol: chosen.name, model: arguments.model, seed: arguments.seed,
            split: split.rawValue, metrics: measured.byName,
            references: references.isEmpty ? nil : references.mapValues(\.byName),
            trainSeconds: trainSeconds,
            epochs: max(result.epoch, 1),
            secondsPerEpoch: progress.trainingSeconds / Double(max(result.epochsRun, 1)),
            peakMemoryBytes: ProcessMemory.peakBytes)
        print(json ? try report.json() : report.text)
    }
}
