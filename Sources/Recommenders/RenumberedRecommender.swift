import Events
import NeuralNetwork

/// A model on another numbering of the items: what it doesn't know ranks last.
package struct RenumberedRecommender: Recommender {
    private let inner: any Recommender
    private let renumbering: ItemRenumbering

    package init(_ inner: any Recommender, _ renumbering: ItemRenumbering) {
        self.inner = inner
        self.renumbering = renumbering
    }

    package var itemCount: Int { renumbering.itemCount }
    package var settings: ModelSettings { inner.settings }

    package func canAnswer(_ history: History) -> Bool {
        inner.canAnswer(renumbering.history(history))
    }

    package func scores(for histories: [History]) -> [Float] {
        let innerScores = inner.scores(for: histories.map(renumbering.history))
        let count = inner.itemCount
        return histories.indices.flatMap { row in
            renumbering.scores(
                innerScores[row * count..<(row + 1) * count],
                missing: -Float.greatestFiniteMagnitude)
        }
    }

    package func parameters() -> [Safetensors.Entry] { inner.parameters() }
}
