import ArgumentParser
import Evaluation
import Events
import Foundation
import Recommenders
import Support
import Training

/// What a warm start saves, on the log of protocol L: a model is trained on the log as it was at
/// the cut, then on the whole of it, once from new weights and once from where it was.
struct CompareStartsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare-starts",
        abstract: "Measure how many epochs a warm start saves on MovieLens-1M.",
        shouldDisplay: false)

    private static let chosen = EvaluationProtocol.leaveLastOut
    /// Shares of the quality that both reach.
    private static let shares = [0.95, 0.99, 1]

    @Option(help: "The folder with the data set as published.")
    var data: String

    @OptionGroup var arguments: ModelArguments

    @Option(help: "Where the log is cut, as a share of the training events in order of time.")
    var cut = 0.9

    func validate() throws {
        guard (0...1).contains(cut) else { throw ValidationError("--cut must be in 0...1") }
    }

    func run() throws {
        let data = try ProtocolData(leaveLastOutIn: data)
        let earlier = TemporalCut(data.training.histories, share: cut)
        describe(earlier, of: data.training)
        let items = (0..<data.training.itemCount).map { ItemIndex($0) }
        let start = WarmStart(
            try trainEarlier(earlier), rows: WarmStart.rows(of: items, in: earlier.items))
        let fresh = try fit("fresh", data.training, data.validation)
        let warm = try fit("warm", data.training, data.validation, start: start)
        report(StartComparison(fresh: fresh.curve, warm: warm.curve))
    }

    /// The log at the cut has a leave-last-out of its own: nothing later chose the earlier model.
    private func trainEarlier(_ earlier: TemporalCut) throws -> any Recommender {
        let split = LeaveLastOut(histories: earlier.histories)
        let training = TrainingSet(itemCount: earlier.items.count, histories: split.train)
        let (result, curve) = try fit("earlier", training, split.validation)
        print("earlier: \(Self.text(StartComparison.best(curve))), on the validation of its time")
        return result.recommender
    }

    private func fit(
        _ label: String, _ training: TrainingSet, _ validation: [EvaluationCase],
        start: WarmStart? = nil
    ) throws -> (result: Fit.Result, curve: [StartComparison.Point]) {
        let metric = Self.chosen.decisive
        let learner = try arguments.learner(on: training, start: start)
        guard learner.isWarm == (start != nil) else {
            throw ValidationError("\(arguments.model) solves anew each time")
        }
        // Each epoch is validated, whatever interval the model has: the epochs are the result.
        var settings = try arguments.allSettings()
        settings["validationInterval"] = 1
        let fit = try Fit(
            evaluator: Evaluator(
                metrics: [metric], itemCount: training.itemCount, workers: arguments.threads),
            validation: validation, metric: metric, settings: settings)
        var progress = EpochProgress(label: label, metric: metric, epochs: learner.maxEpochs)
        var curve: [StartComparison.Point] = []
        let result = try fit.run(learner) { epoch in
            progress.show(epoch)
            if let value = epoch.metrics[metric] {
                curve.append(StartComparison.Point(epoch: epoch.number, value: value))
            }
        }
        progress.finish()
        if let failure = result.failure { throw failure }
        return (result, curve)
    }

    private func describe(_ earlier: TemporalCut, of training: TrainingSet) {
        let events = training.histories.reduce(0) { $0 + $1.count }
        print(
            "\(arguments.model), seed \(arguments.seed): \(events) events of "
                + "\(training.histories.count) users on \(training.itemCount) items; at the cut "
                + "\(earlier.eventCount) events of \(earlier.histories.count) users on "
                + "\(earlier.items.count) items")
    }

    private func report(_ comparison: StartComparison) {
        print("validation \(Self.chosen.decisive)\n epoch   fresh    warm")
        let epochs = Set((comparison.fresh + comparison.warm).map(\.epoch)).sorted()
        for epoch in epochs {
            let values = [comparison.fresh, comparison.warm].map { curve in
                curve.first { $0.epoch == epoch }.map { String(format: "%8.4f", $0.value) }
                    ?? "       -"
            }
            print(String(format: "%6d", epoch) + values.joined())
        }
        print("fresh: \(Self.text(StartComparison.best(comparison.fresh)))")
        print("warm:  \(Self.text(StartComparison.best(comparison.warm)))")
        for arrival in Self.shares.compactMap({ comparison.arrival(atShare: $0) }) {
            print(
                String(
                    format: "%.4f: fresh at epoch %d, warm at epoch %d, %d epochs saved",
                    arrival.value, arrival.fresh, arrival.warm, arrival.saved))
        }
    }

    private static func text(_ point: StartComparison.Point?) -> String {
        point.map { String(format: "best %.4f at epoch %d", $0.value, $0.epoch) } ?? "no epoch"
    }
}
