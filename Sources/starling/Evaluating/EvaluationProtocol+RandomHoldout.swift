import Evaluation
import Importing
import Recommenders

extension EvaluationProtocol {
    /// G, a random holdout: the split of MovieLens-100K that was published with CFGAN. Everything
    /// is chosen without a tenth of the training pairs, then one fit has all of them.
    static let randomHoldout = EvaluationProtocol(
        name: "G",
        metrics: MetricKey.all(at: 20) + [
            MetricKey(.precision, at: 5), MetricKey(.recall, at: 5), MetricKey(.ndcg, at: 5),
        ],
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
