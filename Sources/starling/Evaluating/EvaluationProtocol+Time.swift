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
        stopping: ValidationMetrics.stopping, source: .log { ProtocolData($0, at: $1) })
}

extension ProtocolData {
    /// The own log cut in two. Users who are no persons are left out, and training reads what the
    /// preprocessing left, as in the trainer.
    fileprivate init(_ log: TrainingLog, at cut: TemporalSplit.Cut) {
        let users = log.users.filter(\.isPerson)
        let split = TemporalSplit(
            users.map(\.interactions), trained: users.map(\.trained),
            attributes: users.map(\.attributes), at: log.end.map { .time($0) } ?? cut)
        let contents = log.catalogue.map { catalogue in
            split.items.map { catalogue.contents[$0.row] }
        }
        func training(
            _ histories: [[Interaction<ItemIndex>]], of rows: [Int]
        ) -> TrainingSet {
            TrainingSet(
                itemCount: split.items.count, histories: histories, itemContents: contents ?? [],
                userAttributes: rows.map { users[$0].attributes })
        }
        self.init(
            training: training(split.reducedTrain, of: split.reducedTrainUsers),
            validation: split.validation, test: split.test,
            everything: training(split.train, of: split.trainUsers), notes: split.notes)
    }
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
