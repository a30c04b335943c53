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

    /// - Parameters:
    ///   - incumbent: Nil to compare with popularity.
    ///   - popularity: Fitted on the candidate's own training users.
    func measure(
        _ candidate: any Recommender, against incumbent: Incumbent?,
        popularity: any Recommender, seed: UInt64
    ) throws -> GateMeasurement {
        let candidateValues = try values(of: candidate)
        let incumbentValues: [Double]
        if let incumbent, let recommender = try incumbent.recommender() {
            incumbentValues = try values(
                of: RenumberedRecommender(
                    recommender, ItemRenumbering(of: items, in: incumbent.checkpoint.items)))
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

    private func values(of recommender: any Recommender) throws -> [Double] {
        try evaluator.evaluate(recommender, on: cases).values(of: Self.metric)
    }

    private func mean(_ values: [Double]) -> Double {
        values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
    }
}
