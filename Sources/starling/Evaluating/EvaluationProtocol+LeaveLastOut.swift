import Evaluation
import Importing
import Recommenders

extension EvaluationProtocol {
    /// L, the next item: each user's last rating is to be found from all before it.
    static let leaveLastOut = EvaluationProtocol(
        name: "L",
        metrics: [
            MetricKey(.hitRate, at: 10), MetricKey(.ndcg, at: 10), MetricKey(.mrr, at: 10),
            MetricKey(.recall, at: 20), MetricKey(.coverage, at: 10), MetricKey(.gini, at: 10),
        ],
        decisive: MetricKey(.ndcg, at: 10),
        load: { folder in
            let dataset = try MovieLensFolder(path: folder).dataset(minimumOfItem: 5)
            let split = LeaveLastOut(dataset)
            return ProtocolData(
                training: TrainingSet(
                    itemCount: dataset.itemCount, histories: split.train,
                    itemContents: dataset.itemContents,
                    userAttributes: dataset.users.map(\.attributes)),
                validation: split.validation, test: split.test)
        })
}
