import Events
import NeuralNetwork
import Recommenders
import Serving
import Support

/// `auto` as one model: each history is answered by the model that the choice names for its length,
/// or the next one that can.
struct ChoosingRecommender: Recommender {
    let choice: ModelChoice
    let itemCount: Int

    var settings: ModelSettings { [:] }

    func canAnswer(_ history: History) -> Bool { model(for: history) != nil }

    /// Zeros where none can answer: then nothing is found.
    func scores(for histories: [History]) -> [Float] {
        var scores = [Float](repeating: 0, count: histories.count * itemCount)
        let models = histories.map(model)
        for name in Set(models.compactMap { $0?.name }).sorted() {
            let rows = histories.indices.filter { models[$0]?.name == name }
            guard let model = rows.first.flatMap({ models[$0] }) else { continue }
            let given = model.recommender.scores(for: rows.map { histories[$0] })
            for (place, row) in rows.enumerated() {
                scores.replaceSubrange(
                    row * itemCount..<(row + 1) * itemCount,
                    with: given[place * itemCount..<(place + 1) * itemCount])
            }
        }
        return scores
    }

    func parameters() -> [Safetensors.Entry] { [] }

    private func model(for history: History) -> ServedModel? {
        choice.candidates(for: HistoryLength(itemCount: history.positiveItems.count))
            .map(\.model).first { $0.recommender.canAnswer(history) }
    }
}
