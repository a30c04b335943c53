import Events
import NeuralNetwork
import Recommenders
import Support
import Synchronization

/// Scores an item by how late in the history it stands, in two steps, and counts the first one.
final class CountingEncoder: EncodingRecommender {
    let itemCount: Int
    /// How long an encoding is valid; its number stands before the scores.
    let validity: Duration?
    private let state = Mutex(State())

    private struct State {
        var encodeCount = 0
        var whileEncoding: (@Sendable () -> Void)?
    }

    init(itemCount: Int, validity: Duration? = nil) {
        self.itemCount = itemCount
        self.validity = validity
    }

    var settings: ModelSettings { [:] }
    var encodeCount: Int { state.withLock { $0.encodeCount } }

    /// Does this in the middle of the next encoding.
    func interrupt(_ action: @escaping @Sendable () -> Void) {
        state.withLock { $0.whileEncoding = action }
    }

    func canAnswer(_ history: History) -> Bool { !history.interactions.isEmpty }

    func scores(for histories: [History]) -> [Float] {
        histories.flatMap { scores(of: HistoryEncoding(values: values(of: $0))) }
    }

    func encoding(of history: History) -> HistoryEncoding {
        let action = state.withLock { state in
            state.encodeCount += 1
            defer { state.whileEncoding = nil }
            return state.whileEncoding
        }
        action?()
        return HistoryEncoding(values: values(of: history), validUntil: end(of: history.now))
    }

    func scores(of encoding: HistoryEncoding) -> [Float] {
        encoding.values[1...].map { $0 + encoding.values[0] }
    }

    func parameters() -> [Safetensors.Entry] { [] }

    private func values(of history: History) -> [Float] {
        var values = [Float](repeating: 0, count: itemCount + 1)
        values[0] = Float(bucket(of: history.now))
        for (place, interaction) in history.interactions.enumerated() {
            values[interaction.item.row + 1] = Float(place + 1)
        }
        return values
    }

    private func bucket(of now: Timestamp) -> Int64 {
        guard let validity else { return 0 }
        return (now.milliseconds / Int64(validity.inSeconds * 1000)) % 1000
    }

    private func end(of now: Timestamp) -> Timestamp? {
        guard let validity else { return nil }
        let length = Int64(validity.inSeconds * 1000)
        return Timestamp(milliseconds: (now.milliseconds / length + 1) * length)
    }
}

/// The same model to a service that doesn't know that it works in two steps.
struct InOneStep: Recommender {
    let model: CountingEncoder

    var itemCount: Int { model.itemCount }
    var settings: ModelSettings { [:] }

    func canAnswer(_ history: History) -> Bool { model.canAnswer(history) }

    func scores(for histories: [History]) -> [Float] { model.scores(for: histories) }

    func parameters() -> [Safetensors.Entry] { [] }
}
