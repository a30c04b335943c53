import Evaluation
import Events
import NeuralNetwork
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
        if let checkpoint = incumbent?.checkpoint,
            let family = ModelRegistry.family(named: checkpoint.family)
        {
            let recommender = try checkpoint.recommender(of: family)
            incumbentValues = try values(
                of: RenumberedRecommender(recommender, items: checkpoint.items, as: items))
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

/// A model on another numbering of the items: what it doesn't know ranks last.
struct RenumberedRecommender: Recommender {
    private let inner: any Recommender
    /// The inner row of each of our rows, −1 for an item that the model doesn't know.
    private let innerRow: [Int32]

    init(_ inner: any Recommender, items innerItems: [ItemID], as items: [ItemID]) {
        self.inner = inner
        innerRow = WarmStart.rows(of: items, in: innerItems)
    }

    var itemCount: Int { innerRow.count }
    var settings: ModelSettings { inner.settings }

    func canAnswer(_ history: History) -> Bool { inner.canAnswer(renumbered(history)) }

    func scores(for histories: [History]) -> [Float] {
        let innerScores = inner.scores(for: histories.map(renumbered))
        var scores = [Float](
            repeating: -Float.greatestFiniteMagnitude, count: histories.count * itemCount)
        for history in histories.indices {
            for (row, innerRow) in innerRow.enumerated() where innerRow >= 0 {
                scores[history * itemCount + row] =
                    innerScores[history * inner.itemCount + Int(innerRow)]
            }
        }
        return scores
    }

    func parameters() -> [Safetensors.Entry] { inner.parameters() }

    private func renumbered(_ history: History) -> History {
        let known = history.interactions.compactMap { interaction in
            let row = innerRow[interaction.item.row]
            return row < 0 ? nil : interaction.withItem(ItemIndex(row))
        }
        return History(
            interactions: known, now: history.now, attributes: history.attributes)
    }
}
