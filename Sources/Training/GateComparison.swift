import Evaluation
import Events
import Recommenders
import Store
import Support
import TrainerPipe

/// Measures a candidate against what it would replace, on the users that no version trains on.
struct GateComparison {
    static let metric = MetricKey(.ndcg, at: 10)

    let evaluator: Evaluator
    let cases: [EvaluationCase]
    let items: [ItemID]
    /// What the catalogue says of the items; empty where the model doesn't read it.
    var contents: [ItemContent] = []
    var family: @Sendable (String) -> ModelFamily? = { ModelRegistry.family(named: $0) }

    /// - Parameters:
    ///   - incumbent: Nil to compare with popularity.
    ///   - popularity: Fitted on the candidate's own training users.
    func measure(
        _ candidate: any Recommender, against incumbent: Incumbent?,
        popularity: any Recommender, seed: UInt64
    ) throws -> GateMeasurement {
        let candidateValues = try values(of: candidate)
        let incumbentValues: [Double]
        if let incumbent, let recommender = try incumbent.recommender(of: family) {
            let (recommender, known) = withNewItems(recommender, items: incumbent.checkpoint.items)
            incumbentValues = try values(
                of: RenumberedRecommender(recommender, ItemRenumbering(of: items, in: known)))
        } else {
            incumbentValues = try values(of: popularity)
        }
        let comparison = PairedComparison(
            candidate: candidateValues, incumbent: incumbentValues, seed: seed)
        return GateMeasurement(
            metric: Self.metric.description, incumbentVersion: incumbent?.version,
            candidate: mean(candidateValues), incumbent: mean(incumbentValues),
            difference: comparison.meanDifference, lower: comparison.lower,
            upper: comparison.upper, users: comparison.users)
    }

    /// The incumbent as it is served: with the items that came after its training, where it knows
    /// items by their contents.
    private func withNewItems(
        _ recommender: any Recommender, items known: [ItemID]
    ) -> (any Recommender, items: [ItemID]) {
        guard let recommender = recommender as? any ContentRecommender, !contents.isEmpty else {
            return (recommender, known)
        }
        let rows = WarmStart.rows(of: items, in: known)
        let new = items.indices.filter { rows[$0] < 0 && !contents[$0].isEmpty }
        return (recommender.adding(new.map { contents[$0] }), known + new.map { items[$0] })
    }

    private func values(of recommender: any Recommender) throws -> [Double] {
        try evaluator.evaluate(recommender, on: cases).values(of: Self.metric)
    }

    private func mean(_ values: [Double]) -> Double {
        values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
    }
}
