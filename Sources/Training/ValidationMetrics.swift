import Evaluation
import Recommenders

/// What is stored with a checkpoint of how its model does on the validation users, by the code
/// and with the metrics of `starling evaluate`.
///
/// Keys: `validation.ndcg@10` and so on for all users; `validation.ndcg@10[1-9]` for those of one
/// `HistoryLength`, and `validation.users[1-9]` for how many these are. `auto` chooses by the
/// latter two.
package enum ValidationMetrics {
    /// What is measured: everything at 10, and what shows more than 10 places.
    package static let all =
        MetricKey.all(at: 10) + [MetricKey(.recall, at: 20), MetricKey(.ndcg, at: 100)]
    /// What models are compared by.
    package static let decisive = MetricKey(.ndcg, at: 10)

    /// What chooses the epoch and a blend's weights: deep, since a few validation users have few hits
    /// at 10.
    package static let stopping = MetricKey(.ndcg, at: 100)

    /// The key of a metric; of all users without a class.
    package static func key(_ metric: MetricKey, of historyLength: String? = nil) -> String {
        "validation.\(metric)\(suffix(historyLength))"
    }

    /// The key of how many users were measured; of all without a class.
    package static func usersKey(of historyLength: String? = nil) -> String {
        "validation.users\(suffix(historyLength))"
    }

    /// - Parameters:
    ///   - training: What the model learned from.
    ///   - cases: Users that it didn't see.
    /// - Returns: Nothing where there is nobody to measure on.
    static func measure(
        _ recommender: any Recommender, trainedOn training: TrainingSet,
        on cases: [EvaluationCase], batchSize: Int, workers: Int
    ) throws -> [String: Double] {
        let evaluator = Evaluator(
            metrics: all, itemCount: training.itemCount, batchSize: batchSize, workers: workers,
            catalogue: CatalogueProfile(training))
        let result = try evaluator.evaluate(recommender, on: cases)
        guard !result.cases.isEmpty else { return [:] }
        var values = [usersKey(): Double(result.cases.count)]
        for (metric, value) in result.means { values[key(metric)] = value }
        for segment in result.byHistoryLength {
            values[key(decisive, of: segment.name)] = segment.mean(of: decisive)
            values[usersKey(of: segment.name)] = Double(segment.userCount)
        }
        return values
    }

    private static func suffix(_ historyLength: String?) -> String {
        historyLength.map { "[\($0)]" } ?? ""
    }
}

extension CatalogueProfile {
    /// What the measures beyond accuracy know of the items after this training.
    package init(_ training: TrainingSet) {
        self.init(
            histories: training.histories, contents: training.itemContents,
            itemCount: training.itemCount)
    }
}
