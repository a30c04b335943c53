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
    /// The item table where it is rounded; the store's has no rows then.
    private let roundedItems: ByteRows?
    /// `[items × width]`: what encodings are multiplied with.
    private let outputTable: ItemVectors
    /// Of the output table; nil where that is rounded already.
    private let screen: RowScreen?

    /// - Parameter roundedItems: What the checkpoint holds where items are rounded; nil to round the
    ///   store's.
    init(
        settings: ModelSettings, network: TransformerNetwork, store: ParameterStore<Float>,
        roundedItems: ByteRows? = nil
    ) {
        self.settings = settings
        self.network = network
        if network.settings.roundsItems {
            let items = roundedItems ?? ByteRows(rounding: store[network.items.table])
            self.store = store.withoutRows(of: network.items.table)
            self.roundedItems = items
            outputTable = .bytes(network.settings.temperature > 0 ? items.unitRows : items)
            screen = nil
        } else {
            self.store = store
            self.roundedItems = nil
            let pass = ForwardPass(store, on: Tape(isRecording: false))
            let table = pass.tape[network.outputTable(pass[network.items.table], in: pass)]
            outputTable = .floats(table)
            screen = RowScreen(table)
        }
    }

    package var itemCount: Int { outputTable.rowCount }

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

    /// By the rounded copy first where the items aren't rounded already (`RowScreen`).
    package func best(
        _ k: Int, of encoding: HistoryEncoding, isHidden: (Int) -> Bool
    ) -> [(row: Int, score: Float)] {
        guard let screen else {
            return scores(of: encoding).withUnsafeBufferPointer {
                topK($0, k: k, isHidden: isHidden)
            }
        }
        return screen.best(
            k, of: encoding.values, times: network.settings.logitScale, isHidden: isHidden)
    }

    package func parameters() -> [Safetensors.Entry] {
        guard let roundedItems else { return store.entries() }
        let name = store.name(of: network.items.table)
        return store.entries().filter { $0.name != name } + roundedItems.entries(name)
    }

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
        var batch = batch
        let read = readable(&batch)
        let encoded = tape[network.encodeLast(batch, in: ForwardPass(read, on: tape))].elements
        for (row, place) in places.enumerated() {
            encodings.replaceSubrange(
                place * width..<(place + 1) * width,
                with: encoded[row * width..<(row + 1) * width])
        }
        tape.reset()
    }

    /// The parameters with the item table, or where it is rounded with the rows of the batch's
    /// items, to which the batch is renumbered.
    private func readable(_ batch: inout SequenceBatch) -> ParameterStore<Float> {
        guard let roundedItems else { return store }
        let items = Set(batch.items).sorted()
        var rows: [Float] = []
        rows.reserveCapacity(items.count * roundedItems.width)
        for item in items { roundedItems.copyRow(Int(item), times: 1, to: &rows) }
        let places = Dictionary(uniqueKeysWithValues: zip(items, Int32(0)...))
        batch.renumber { places[$0] ?? -1 }
        return store.replacing(
            network.items.table,
            with: Tensor(shape: [items.count, roundedItems.width], elements: rows))
    }

    /// Inner products with the whole catalogue.
    ///
    /// - Parameter encodings: `[count × width]`
    /// - Returns: `[count × items]`
    private func scores(ofEncodings encodings: [Float], count: Int) -> [Float] {
        ItemVectors.products(
            encodings, count: count, times: network.settings.logitScale, with: [outputTable])
    }
}

extension Transformer {
    /// - Throws: `ModelError` where weights and settings don't fit each other.
    init(
        itemCount: Int, weights: Safetensors, settings: ModelSettings, defaults: ModelSettings
    ) throws {
        try OpenBLAS.load()
        let settings = try settings.over(defaults)
        let parsed = try TransformerSettings(settings)
        var store = ParameterStore<Float>()
        var unused = RandomSource(seed: 0)  // zeros are not drawn
        let network = TransformerNetwork(
            itemCount: parsed.roundsItems ? 0 : itemCount, settings: parsed, weight: .zeros,
            in: &store, random: &unused)
        guard parsed.roundsItems else {
            try store.load(weights)
            self.init(settings: settings, network: network, store: store)
            return
        }
        let table = network.items.table
        let items = try ByteRows(
            store.name(of: table), shape: [itemCount, parsed.width], from: weights)
        try store.load(weights, except: [table])
        self.init(settings: settings, network: network, store: store, roundedItems: items)
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
