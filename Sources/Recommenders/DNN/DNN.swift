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
    /// `[items of the training × width]`: id and content together.
    private let vectors: Tensor<Float>
    /// Those of items that were added, one after the other.
    private var added: [Float] = []

    package var itemCount: Int { vectors.rowCount + added.count / network.settings.width }

    package func canAnswer(_ history: History) -> Bool {
        history.interactions.contains { $0.strength > 0 }
    }

    package func scores(for histories: [History]) -> [Float] {
        scores(ofEncodings: encodings(of: histories), count: histories.count)
    }

    /// The user's vector, `[width]`.
    package func encoding(of history: History) -> HistoryEncoding {
        HistoryEncoding(
            values: encodings(of: [history]),
            validUntil: network.settings.readsContext ? nextGapChange(of: history) : nil)
    }

    package func scores(of encoding: HistoryEncoding) -> [Float] {
        scores(ofEncodings: encoding.values, count: 1)
    }

    package func parameters() -> [Safetensors.Entry] {
        store.entries() + [
            Safetensors.Entry(
                name: Self.vectorsName, shape: vectors.shape, floats: vectors.elements)
        ]
    }

    /// What the checkpoint holds of the network's parameters.
    static func withoutVectors(_ start: WarmStart) -> WarmStart {
        var start = start
        start.weights = Safetensors(
            entries: start.weights.entries.filter { $0.name != vectorsName })
        return start
    }
}

extension DNN {
    /// Vectors of new items from their content alone; 0 where none is read.
    package func adding(_ items: [ItemContent]) -> any ContentRecommender {
        let parsed = network.settings
        let pass = ForwardPass(store, on: Tape(isRecording: false))
        let content = ContentInput(
            items, bucketCount: parsed.itemBuckets, embeddingSize: network.embeddingSize)
        let made =
            parsed.readsContent
            ? network.vectors(
                ids: nil, content: content.rows(items.indices.map(Int32.init)), in: pass)
            : nil
        var model = self
        model.added +=
            made.map { pass.tape[$0].elements }
            ?? Array(repeating: 0, count: items.count * parsed.width)
        return model
    }
}

extension DNN {
    /// - Parameter content: Of all items; nil where it isn't read.
    init(
        settings: ModelSettings, network: DNNNetwork, store: ParameterStore<Float>,
        content: ContentInput?
    ) {
        let table = store[network.items.table]
        let all = (0..<Int32(table.rowCount)).map { $0 }
        var ids = SparseRows<Float>(columnCount: table.rowCount)
        for item in all { ids.appendRow([item], weight: 1) }
        let pass = ForwardPass(store, on: Tape(isRecording: false))
        let made = network.vectors(ids: ids, content: content?.rows(all), in: pass)
        self.init(
            settings: settings, network: network, store: store,
            vectors: made.map { pass.tape[$0] } ?? table)
    }

    private init(
        settings: ModelSettings, network: DNNNetwork, store: ParameterStore<Float>,
        vectors: Tensor<Float>
    ) {
        self.settings = settings
        self.network = network
        self.store = store
        self.vectors = vectors
    }

    /// - Throws: `ModelError` where weights and settings don't fit each other.
    init(itemCount: Int, weights: Safetensors, settings: ModelSettings) throws {
        try OpenBLAS.load()
        let settings = try settings.over(DNNSettings.defaults)
        let parsed = try DNNSettings(settings)
        let projection = weights.entries.first { $0.name == "items.embedding.weight" }
        if let projection, projection.shape.first != parsed.width {
            throw ModelError.wrongShape(
                parameter: projection.name, expected: [parsed.width, projection.shape.last ?? 0],
                found: projection.shape)
        }
        var store = ParameterStore<Float>()
        var unused = RandomSource(seed: 0)  // zeros are not drawn
        let network = DNNNetwork(
            itemCount: itemCount, embeddingSize: projection?.shape.last ?? 0, settings: parsed,
            item: .zeros, weight: .zeros, in: &store, random: &unused)
        try store.load(weights)
        let shape = [itemCount, parsed.width]
        self.init(
            settings: settings, network: network, store: store,
            vectors: Tensor(
                shape: shape, elements: try weights.checkedFloats(Self.vectorsName, shape: shape)))
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
            let isOld = item < vectors.rowCount
            let start = (isOld ? item : item - vectors.rowCount) * width
            let source = isOld ? vectors.elements : added
            for index in start..<start + width { rows.append(scale * source[index]) }
        }
        return Tensor(shape: [items.count, width], elements: rows)
    }

    /// Inner products with the whole catalogue.
    ///
    /// - Parameter encodings: `[count × width]`
    /// - Returns: `[count × items]`
    private func scores(ofEncodings encodings: [Float], count: Int) -> [Float] {
        if added.isEmpty { return products(encodings, count: count, with: vectors.elements) }
        let width = network.settings.width
        return (0..<count).flatMap { row in
            let encoding = Array(encodings[row * width..<(row + 1) * width])
            return products(encoding, count: 1, with: vectors.elements)
                + products(encoding, count: 1, with: added)
        }
    }

    /// - Parameter table: `[rows × width]`
    /// - Returns: `[count × rows]`
    private func products(_ encodings: [Float], count: Int, with table: [Float]) -> [Float] {
        let width = network.settings.width
        let rows = table.count / width
        let product = MatrixProduct<Float>(
            rows: count, columns: rows, inner: width, transposeB: true)
        return [Float](unsafeUninitializedCapacity: count * rows) { scores, initialized in
            encodings.withUnsafeBufferPointer { encodings in
                table.withUnsafeBufferPointer { table in
                    Float.multiply(
                        product, encodings, table, into: .init(rebasing: scores[..<(count * rows)]))
                }
            }
            initialized = count * rows
        }
    }
}
