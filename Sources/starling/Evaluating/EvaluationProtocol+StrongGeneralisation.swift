import Evaluation
import Importing
import Recommenders

extension EvaluationProtocol {
    /// H, users who were never in training: every fifth of their ratings is to be found from the
    /// others.
    static let strongGeneralisation = EvaluationProtocol(
        name: "H",
        metrics: MetricKey.all(at: 20) + [
            MetricKey(.recall, at: 50), MetricKey(.ndcg, at: 100), MetricKey(.ndcg, at: 10),
            MetricKey(.hitRate, at: 10), MetricKey(.coverage, at: 100), MetricKey(.gini, at: 100),
        ],
        decisive: MetricKey(.ndcg, at: 100),
        load: { folder in
            let dataset = try MovieLensFolder(path: folder).dataset()
            let split = StrongGeneralisation(dataset)
            return ProtocolData(
                training: TrainingSet(
                    itemCount: dataset.itemCount, histories: split.train,
                    itemContents: dataset.itemContents, userAttributes: split.trainAttributes),
                validation: split.validation, test: split.test)
        })
}
