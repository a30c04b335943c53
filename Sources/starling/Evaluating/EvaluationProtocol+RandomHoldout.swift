import Evaluation
import Importing
import Recommenders

extension EvaluationProtocol {
    /// G, a random holdout: the split of MovieLens-100K that was published with CFGAN. Everything
    /// is chosen without a tenth of the training pairs, then one fit has all of them.
    static let randomHoldout = EvaluationProtocol(
        name: "G",
        metrics: [5, 20].flatMap { k in
            [MetricKey(.precision, at: k), MetricKey(.recall, at: k), MetricKey(.ndcg, at: k)]
        } + [MetricKey(.coverage, at: 20), MetricKey(.gini, at: 20)],
        decisive: MetricKey(.ndcg, at: 20), recallDenominator: .allTargets,
        load: { folder in
            let folder = try CFGANFolder(path: folder)
            let split = RandomHoldout(train: folder.train, test: folder.test)
            return ProtocolData(
                training: TrainingSet(itemCount: split.itemCount, histories: split.reducedTrain),
                validation: split.validation, test: split.test,
                everything: TrainingSet(itemCount: split.itemCount, histories: split.train))
        })
}
