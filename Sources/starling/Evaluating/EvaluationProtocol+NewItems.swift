import Evaluation
import Importing
import Recommenders

extension EvaluationProtocol {
    /// New items: those of a tenth of protocol L's items that a user goes on to, ranked among each
    /// other by models that saw no event with any of them.
    static let newItems = EvaluationProtocol(
        name: "new-items",
        metrics: [
            MetricKey(.recall, at: 10), MetricKey(.ndcg, at: 10), MetricKey(.mrr, at: 10),
        ],
        decisive: MetricKey(.recall, at: 10),
        load: { folder in
            let dataset = try MovieLensFolder(path: folder).dataset(minimumOfItem: 5)
            let split = NewItems(dataset)
            return ProtocolData(
                training: TrainingSet(
                    itemCount: dataset.itemCount, histories: split.train,
                    itemContents: dataset.itemContents, userAttributes: split.trainAttributes),
                validation: split.validation, test: split.test,
                referenceScores: ["popularity in the whole data": split.popularity])
        })
}
