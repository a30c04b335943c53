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
        if let checkpoint = incumbent?.checkpoint,
            let family = self.family(checkpoint.family)
        {
            let (recommender, known) = withNewItems(
                try checkpoint.recommender(of: family), items: checkpoint.items)
            incumbentValues = try values(
                of: RenumberedRecommender(recommender, items: known, as: items))
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
