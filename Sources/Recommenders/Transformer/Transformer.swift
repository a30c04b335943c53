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
package struct Transformer: Recommender {
    /// The reference size, quick to train and to serve.
    package static let family = makeFamily("transformer", TransformerSettings.reference)
    /// As good as it gets within an hour of training.
    package static let largeFamily = makeFamily("transformer-large", TransformerSettings.large)

    package let settings: ModelSettings
    let network: TransformerNetwork
    let store: ParameterStore<Float>

    package var itemCount: Int { network.itemCount }

    package func canAnswer(_ history: History) -> Bool {
        history.interactions.contains { $0.strength > 0 }
    }

    package func scores(for histories: [History]) -> [Float] {
        let pass = ForwardPass(store, on: Tape(isRecording: false))
        let encoded = encode(histories, in: pass)  // [known histories, width]
        let table = network.outputTable(pass[network.items.table], in: pass)
        return innerProducts(pass.tape[encoded], pass.tape[table])
    }

    package func parameters() -> [Safetensors.Entry] { store.entries() }

    /// - Returns: `[histories × width]`
    private func encode(_ histories: [History], in pass: ForwardPass<Float>) -> Variable {
        var batch = SequenceBatch(positionCount: network.settings.positionCount)
        for history in histories {
            let events = SequenceEvent.positive(in: history.interactions)
            batch.append(events, now: history.now.wholeSeconds)
        }
        return network.encodeLast(batch, in: pass)
    }

    /// - Returns: `[histories × items]`
    private func innerProducts(_ encoded: Tensor<Float>, _ table: Tensor<Float>) -> [Float] {
        let product = MatrixProduct<Float>(
            rows: encoded.rowCount, columns: table.rowCount, inner: table.columnCount,
            transposeB: true, alpha: network.settings.logitScale)
        let count = encoded.rowCount * table.rowCount
        return [Float](unsafeUninitializedCapacity: count) { scores, initialized in
            encoded.elements.withUnsafeBufferPointer { encoded in
                table.elements.withUnsafeBufferPointer { table in
                    Float.multiply(
                        product, encoded, table, into: .init(rebasing: scores[..<count]))
                }
            }
            initialized = count
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
        network = TransformerNetwork(
            itemCount: itemCount, settings: try TransformerSettings(settings), weight: .zeros,
            in: &store, random: &unused)
        try store.load(weights)
        self.store = store
        self.settings = settings
    }

    private static func makeFamily(_ name: String, _ defaults: ModelSettings) -> ModelFamily {
        ModelFamily(
            name: name, defaults: defaults,
            makeLearner: { data, options in
                try TransformerLearner(data, options: options, defaults: defaults)
            },
            load: { itemCount, weights, settings in
                try Transformer(
                    itemCount: itemCount, weights: weights, settings: settings, defaults: defaults)
            })
    }
}
