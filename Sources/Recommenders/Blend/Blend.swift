import Events
import NeuralNetwork
import Support

/// A weighted sum of what several models say, made comparable first.
///
///     score(i) = Σ over models m that can answer   w_m · f(scores of m)(i)
///
/// f is either the standard score, (s − mean) / deviation over the catalogue, with weights learnt
/// on validation users (`learnt` 1, see `EnsembleSelection`), or the reciprocal rank,
/// 1 / (c + rank), with the configured weights (`learnt` 0, c = `rankConstant`).
///
/// A model that knows nothing of an item gives it the lowest score that it gives at all; a model
/// that can't answer a history says nothing of it.
///
/// Reference: Montague & Aslam, "Relevance Score Normalization for Metasearch", CIKM 2001, section
/// 2 (zero mean, unit variance); Cormack, Clarke & Büttcher, "Reciprocal Rank Fusion Outperforms
/// Condorcet and Individual Rank Learning Methods", SIGIR 2009.
package struct Blend: CombiningRecommender {
    /// One part of the sum.
    struct Part: Sendable {
        var name: String
        var weight: Float
        var component: ModelComponent
    }

    package internal(set) var itemCount: Int
    package let settings: ModelSettings
    let fusion: ScoreFusion
    /// In the order of their names.
    var parts: [Part]

    init(parts: [Part], itemCount: Int, settings: ModelSettings) throws(ModelError) {
        for part in parts where part.component.renumbering.itemCount != itemCount {
            throw .wrongShape(
                parameter: part.name, expected: [itemCount],
                found: [part.component.renumbering.itemCount])
        }
        self.parts = parts.sorted { $0.name < $1.name }
        self.itemCount = itemCount
        self.settings = settings
        fusion = try ScoreFusion(settings)
    }

    package var componentNames: [String] { parts.map(\.name) }

    package func canAnswer(_ history: History) -> Bool {
        parts.contains { $0.component.canAnswer(history) }
    }

    package func scores(for histories: [History]) -> [Float] {
        var sums = [Float](repeating: 0, count: histories.count * itemCount)
        for part in parts {
            let answered = histories.indices.filter { part.component.canAnswer(histories[$0]) }
            let scores = part.component.scores(
                for: answered.map { histories[$0] }, fusedBy: fusion)
            for (place, history) in answered.enumerated() {
                for item in 0..<itemCount {
                    sums[history * itemCount + item] +=
                        part.weight * scores[place * itemCount + item]
                }
            }
        }
        return sums
    }

    package func parameters() -> [Safetensors.Entry] {
        parts.map {
            Safetensors.Entry(name: Self.parameterName($0.name), shape: [1], floats: [$0.weight])
        }
    }

    static func parameterName(_ component: String) -> String { "weight.\(component)" }
}

extension ModelComponent {
    func canAnswer(_ history: History) -> Bool {
        recommender.canAnswer(renumbering.history(history))
    }

    /// The scores, made comparable, on our numbering.
    ///
    /// - Returns: `[histories.count × our items]`, row-major, finite.
    func scores(for histories: [History], fusedBy fusion: ScoreFusion) -> [Float] {
        guard !histories.isEmpty else { return [] }
        var inner = recommender.scores(for: histories.map(renumbering.history))
        let count = recommender.itemCount
        return histories.indices.flatMap { row in
            let range = row * count..<(row + 1) * count
            let lowest = fusion.apply(to: &inner[range])
            return renumbering.scores(inner[range], missing: lowest)
        }
    }
}
