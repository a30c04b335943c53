import Events
import NeuralNetwork
import Support
import Tensor

/// A transformer over what a user did, in its order: it reads a history and says what comes next.
///
/// docs/models/transformer.md says when to choose it.
///
/// Reference: Kang & McAuley, "Self-Attentive Sequential Recommendation", ICDM 2018; the loss:
/// Klenitskiy & Vasilev, "Turning Dross Into Gold Loss", RecSys 2023.
package struct Transformer: EncodingRecommender {
    /// The reference size, quick to train and to serve.
    package static let family = makeFamily("transformer", TransformerSettings.reference)
    /// As good as it gets within an hour of training.
    package static let largeFamily = makeFamily("transformer-large", TransformerSettings.large)

    /// Events that are encoded together: what is computed of them stays in the cache.
    private static let rowsAtOnce = 2048

    package let settings: ModelSettings
    let network: TransformerNetwork
    let store: ParameterStore<Float>
    /// `[items × width]`: what encodings are multiplied with.
    private let outputTable: Tensor<Float>

    init(settings: ModelSettings, network: TransformerNetwork, store: ParameterStore<Float>) {
        self.settings = settings
        self.network = network
        self.store = store
        let pass = ForwardPass(store, on: Tape(isRecording: false))
        outputTable = pass.tape[network.outputTable(pass[network.items.table], in: pass)]
    }

    package var itemCount: Int { network.itemCount }

    package func canAnswer(_ history: History) -> Bool {
        history.interactions.contains { $0.strength > 0 }
    }

    package func scores(for histories: [History]) -> [Float] {
        scores(ofEncodings: encodings(of: histories), count: histories.count)
    }

    package func encoding(of history: History) -> HistoryEncoding {
        HistoryEncoding(
            values: encodings(of: [history]),
            validUntil: network.settings.hasGapBias ? nextGapChange(of: history) : nil)
    }

    package func scores(of encoding: HistoryEncoding) -> [Float] {
        scores(ofEncodings: encoding.values, count: 1)
    }

    package func parameters() -> [Safetensors.Entry] { store.entries() }

    /// When the gap between the request and one of the events that are read falls into another
    /// class; nil for never.
    private func nextGapChange(of history: History) -> Timestamp? {
        let now = history.now.wholeSeconds
        let events = SequenceEvent.positive(in: history.interactions)
            .suffix(network.settings.positionCount)
        let changes = events.compactMap { event in
            TimeGap.end(of: TimeGap.bucket(from: 0, to: Int32(clamping: now - event.seconds))).map {
                event.seconds + $0
            }
        }
        return changes.min().map { Timestamp(milliseconds: min($0, .max / 1000) * 1000) }
    }

    /// A history without positive events is 0.
    ///
    /// - Returns: `[histories × width]`
    private func encodings(of histories: [History]) -> [Float] {
        var encodings = [Float](repeating: 0, count: histories.count * network.settings.width)
        let tape = Tape<Float>(isRecording: false)
        var batch = SequenceBatch(positionCount: network.settings.positionCount)
        var places: [Int] = []
        for (place, history) in histories.enumerated() {
            let events = SequenceEvent.positive(in: history.interactions)
            guard !events.isEmpty else { continue }
            batch.append(events, now: history.now.wholeSeconds)
            places.append(place)
            if batch.rowCount >= Self.rowsAtOnce {
                encode(batch, at: places, into: &encodings, on: tape)
                batch = SequenceBatch(positionCount: network.settings.positionCount)
                places = []
            }
        }
        if !places.isEmpty { encode(batch, at: places, into: &encodings, on: tape) }
        return encodings
    }

    private func encode(
        _ batch: SequenceBatch, at places: [Int], into encodings: inout [Float],
        on tape: Tape<Float>
    ) {
        let width = network.settings.width
        let encoded = tape[network.encodeLast(batch, in: ForwardPass(store, on: tape))].elements
        for (row, place) in places.enumerated() {
            encodings.replaceSubrange(
                place * width..<(place + 1) * width,
                with: encoded[row * width..<(row + 1) * width])
        }
        tape.reset()
    }

    /// Inner products with the whole catalogue.
    ///
    /// - Parameter encodings: `[count × width]`
    /// - Returns: `[count × items]`
    private func scores(ofEncodings encodings: [Float], count: Int) -> [Float] {
        let product = MatrixProduct<Float>(
            rows: count, columns: itemCount, inner: network.settings.width, transposeB: true,
            alpha: network.settings.logitScale)
        return [Float](unsafeUninitializedCapacity: count * itemCount) { scores, initialized in
            encodings.withUnsafeBufferPointer { encodings in
                outputTable.elements.withUnsafeBufferPointer { table in
                    Float.multiply(
                        product, encodings, table,
                        into: .init(rebasing: scores[..<(count * itemCount)]))
                }
            }
            initialized = count * itemCount
        }
    }
}

extension Transformer {
    /// - Throws: `ModelError` where weights and settings don't fit each other.
    init(
        itemCount: Int, weights: Safetensors, settings: ModelSettings, defaults: ModelSettings
    ) throws {
        try OpenBLAS.load()
        let settings = try settings.over(defaults)
        var store = ParameterStore<Float>()
        var unused = RandomSource(seed: 0)  // zeros are not drawn
        let network = TransformerNetwork(
            itemCount: itemCount, settings: try TransformerSettings(settings), weight: .zeros,
            in: &store, random: &unused)
        try store.load(weights)
        self.init(settings: settings, network: network, store: store)
    }

    private static func makeFamily(_ name: String, _ defaults: ModelSettings) -> ModelFamily {
        ModelFamily(
            name: name, defaults: defaults, reads: .order,
            makeLearner: { data, options in
                try TransformerLearner(data, options: options, defaults: defaults)
            },
            load: { itemCount, weights, settings in
                try Transformer(
                    itemCount: itemCount, weights: weights, settings: settings, defaults: defaults)
            })
    }
}
