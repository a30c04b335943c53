import Evaluation
import Events
import Recommenders
import Support
import Training

extension EvaluationProtocol {
    /// The service's own log, cut at a moment: what came before trains, what came after is to be
    /// found. With the trainer's metrics.
    static let time = EvaluationProtocol(
        name: "time", metrics: ValidationMetrics.all, decisive: ValidationMetrics.decisive,
        source: .log { log, cut in
            let split = TemporalSplit(log.users.map(\.interactions), at: cut)
            func training(_ histories: [[Interaction<ItemIndex>]]) -> TrainingSet {
                TrainingSet(itemCount: split.items.count, histories: histories)
            }
            return ProtocolData(
                training: training(split.reducedTrain), validation: split.validation,
                test: split.test, everything: training(split.train),
                notes: split.notes)
        })
}

extension TemporalSplit {
    /// Where the log was cut, and what each part has.
    fileprivate var notes: [String] {
        let targets = test.reduce(0) { $0 + $1.targets.count }
        return [
            "validation from \(validationStart?.rfc3339 ?? "the end"), "
                + "test from \(testStart?.rfc3339 ?? "the end")",
            "\(items.count) items, \(train.count) training users, \(validation.count) for "
                + "validation, \(test.count) for test",
            "\(targets) items to find; \(unseenTargets) more were used by nobody before and "
                + "can't be found",
        ]
    }
}
