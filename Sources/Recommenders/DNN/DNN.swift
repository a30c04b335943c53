import Events
import NeuralNetwork
import Support
import Tensor

/// A deep retrieval network: a vector for the user, made of sums over his history, his attributes
/// and the moment, and a vector for each item, made of its id and its content.
///
/// So it ranks items that nobody used yet. docs/models/dnn.md says when to choose it.
///
/// Reference: Covington, Adams & Sargin, "Deep Neural Networks for YouTube Recommendations", RecSys
/// 2016.
package struct DNN: EncodingRecommender, ContentRecommender {
    package static let family = ModelFamily(
        name: "dnn", defaults: DNNSettings.defaults, readsContent: true, reads: .order,
        makeLearner: { data, options in try DNNLearner(data, options: options) },
        load: { itemCount, weights, settings in
            try DNN(itemCount: itemCount, weights: weights, settings: settings)
        })

    /// The name of what the checkpoint holds beside the parameters.
    private static let vectorsName = "items.vectors"
    /// Events that are encoded together: what is computed of them stays in the cache.
    private static let rowsAtOnce = 2048

    package let settings: ModelSettings
    let network: DNNNetwork
    let store: ParameterStore<Float>
    /// Of the items of the training: id and content together.
    private let vectors: ItemVectors
    /// Of items that were added.
    private var added: ItemVectors
    /// The id table where items are rounded: the store's has no rows then, which only a training
    /// would read.
    private let ids: ByteRows?
    /// How given embeddings are read in fewer dimensions; nil where they are read as they are.
    private let components: PrincipalComponents?

    package var itemCount: Int { vectors.rowCount + added.rowCount }

    package func canAnswer(_ history: History) -> Bool {
        history.interactions.contains { $0.strength > 0 }
    }

    package func scores(for histories: [History]) -> [Float] {
        ItemVectors.products(
            encodings(of: histories), count: histories.count, with: [vectors, added])
    }

    /// The user's vector, `[width]`.
    package func encoding(of history: History) -> HistoryEncoding {
        HistoryEncoding(
            values: encodings(of: [history]),
            validUntil: network.settings.readsContext ? nextGapChange(of: history) : nil)
    }

    package func scores(of encoding: HistoryEncoding) -> [Float] {
        ItemVectors.products(encoding.values, count: 1, with: [vectors, added])
    }

    package func parameters() -> [Safetensors.Entry] {
        var entries = store.entries(withoutZeros: network.settings.prunedShare > 0)
        if let ids {
            let name = store.name(of: network.items.table)
            entries = entries.filter { $0.name != name } + ids.entries(name)
        }
        return entries + vectors.entries(Self.vectorsName) + (components?.entries ?? [])
    }

    /// What a checkpoint holds of the network's parameters.
    static func withoutVectors(_ weights: Safetensors) -> Safetensors {
        Safetensors(
            entries: weights.entries.filter {
                !$0.name.hasPrefix(vectorsName) && !PrincipalComponents.names.contains($0.name)
            })
    }
}

extension DNN {
    /// Vectors of new items from their content alone; 0 where none is read.
    package func adding(_ items: [ItemContent]) -> any ContentRecommender {
        let parsed = network.settings
        let pass = ForwardPass(store, on: Tape(isRecording: false))
        let content = ContentInput(
            components?.reduced(items) ?? items, bucketCount: parsed.itemBuckets,
            embeddingSize: network.embeddingSize)
        let made =
            parsed.readsContent
            ? network.vectors(
                ids: nil, content: content.rows(items.indices.map(Int32.init)), in: pass)
            : nil
        var model = self
        model.added = added.appending(
            made.map { pass.tape[$0].elements }
                ?? Array(repeating: 0, count: items.count * parsed.width))
        return model
    }
}

extension DNN {
    /// - Parameters:
    ///   - content: Of all items; nil where it isn't read.
    ///   - components: What their embeddings were reduced with.
    init(
        settings: ModelSettings, network: DNNNetwork, store: ParameterStore<Float>,
        content: ContentInput?, components: PrincipalComponents?
    ) {
        let table = store[network.items.table]
        let all = (0..<Int32(table.rowCount)).map { $0 }
        var ids = SparseRows<Float>(columnCount: table.rowCount)
        for item in all { ids.appendRow([item], weight: 1) }
        let pass = ForwardPass(store, on: Tape(isRecording: false))
        let made = network.vectors(ids: ids, content: content?.rows(all), in: pass)
        let isRounded = network.settings.roundsItems
        self.init(
            settings: settings, network: network,
            store: isRounded ? store.withoutRows(of: network.items.table) : store,
            vectors: ItemVectors(made.map { pass.tape[$0] } ?? table, isRounded: isRounded),
            ids: isRounded ? ByteRows(rounding: table) : nil, components: components)
    }

    private init(
        settings: ModelSettings, network: DNNNetwork, store: ParameterStore<Float>,
        vectors: ItemVectors, ids: ByteRows?, components: PrincipalComponents?
    ) {
        self.settings = settings
        self.network = network
        self.store = store
        self.vectors = vectors
        self.ids = ids
        self.components = components
        added = ItemVectors(
            Tensor(zeros: [0, network.settings.width]), isRounded: network.settings.roundsItems)
    }

    /// - Throws: `ModelError` where weights and settings don't fit each other.
    init(itemCount: Int, weights: Safetensors, settings: ModelSettings) throws {
        try OpenBLAS.load()
        let settings = try settings.over(DNNSettings.defaults)
        let parsed = try DNNSettings(settings)
        let isRounded = parsed.roundsItems
        let projection = weights.entries.first { $0.name == "items.embedding.weight" }
        if let projection, projection.shape.first != parsed.width {
            throw ModelError.wrongShape(
                parameter: projection.name, expected: [parsed.width, projection.shape.last ?? 0],
                found: projection.shape)
        }
        var store = ParameterStore<Float>()
        var unused = RandomSource(seed: 0)  // zeros are not drawn
        let network = DNNNetwork(
            itemCount: isRounded ? 0 : itemCount, embeddingSize: projection?.shape.last ?? 0,
            settings: parsed, item: .zeros, weight: .zeros, in: &store, random: &unused)
        let table = network.items.table
        let shape = [itemCount, parsed.width]
        let ids =
            isRounded
            ? try ByteRows(store.name(of: table), shape: shape, from: weights) : nil
        try store.load(
            Self.withoutVectors(weights), except: isRounded ? [table] : [])
        self.init(
            settings: settings, network: network, store: store,
            vectors: try ItemVectors(
                Self.vectorsName, shape: shape, isRounded: isRounded, from: weights),
            ids: ids,
            components: try PrincipalComponents(weights, outputSize: network.embeddingSize))
    }
}

extension DNN {
    /// When the time since the newest event falls into another class; nil for never.
    private func nextGapChange(of history: History) -> Timestamp? {
        guard let newest = history.interactions.last(where: { $0.strength > 0 }) else { return nil }
        let event = newest.time.wholeSeconds
        let gap = Int32(clamping: history.now.wholeSeconds - event)
        return TimeGap.end(of: TimeGap.bucket(from: 0, to: gap)).map {
            Timestamp(milliseconds: min(event + $0, .max / 1000) * 1000)
        }
    }

    /// A history without positive events is 0.
    ///
    /// - Returns: `[histories × width]`
    private func encodings(of histories: [History]) -> [Float] {
        var encodings = [Float](repeating: 0, count: histories.count * network.settings.width)
        var waiting = SequenceBatch(positionCount: network.settings.historyLength)
        var places: [Int] = []
        for (place, history) in histories.enumerated() {
            let events = SequenceEvent.positive(in: history.interactions)
            guard !events.isEmpty else { continue }
            waiting.append(events, now: history.now.wholeSeconds)
            places.append(place)
            if waiting.rowCount >= Self.rowsAtOnce {
                encode(waiting, of: histories, at: places, into: &encodings)
                waiting = SequenceBatch(positionCount: network.settings.historyLength)
                places = []
            }
        }
        if !places.isEmpty { encode(waiting, of: histories, at: places, into: &encodings) }
        return encodings
    }

    private func encode(
        _ batch: SequenceBatch, of histories: [History], at places: [Int],
        into encodings: inout [Float]
    ) {
        let parsed = network.settings
        let features = places.map { place in
            parsed.readsContent
                ? HashedFeatures.buckets(
                    of: histories[place].attributes, count: parsed.userBuckets) : []
        }
        let pass = ForwardPass(store, on: Tape(isRecording: false))
        var none = DropoutSource.none
        let encoded = network.encode(
            DNNInput(batch, users: features, settings: parsed),
            events: pass.tape.constant(eventVectors(batch.items)), onlyLast: true, dropout: &none,
            in: pass)
        let values = pass.tape[encoded].elements
        for (row, place) in places.enumerated() {
            encodings.replaceSubrange(
                place * parsed.width..<(place + 1) * parsed.width,
                with: values[row * parsed.width..<(row + 1) * parsed.width])
        }
    }

    /// √width · v of each event's item, `[items.count × width]`.
    private func eventVectors(_ items: [Int32]) -> Tensor<Float> {
        let width = network.settings.width
        let scale = Float(width).squareRoot()
        var rows: [Float] = []
        rows.reserveCapacity(items.count * width)
        for item in items.map(Int.init) {
            if item < vectors.rowCount {
                vectors.copyRow(item, times: scale, to: &rows)
            } else {
                added.copyRow(item - vectors.rowCount, times: scale, to: &rows)
            }
        }
        return Tensor(shape: [items.count, width], elements: rows)
    }
}
