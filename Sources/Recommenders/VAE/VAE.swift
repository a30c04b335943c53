import Events
import NeuralNetwork
import Support
import Tensor

/// A variational autoencoder of whole histories: it encodes what a user did as a point in a small
/// space, and decodes the point as probabilities of all items.
///
/// It reads which items, not when or how often. docs/models/vae.md says when to choose it.
///
/// Reference: Liang et al., "Variational Autoencoders for Collaborative Filtering", WWW 2018;
/// Shenbin et al., "RecVAE: a New Variational Autoencoder for Top-N Recommendations with Implicit
/// Feedback", WSDM 2020.
package struct VAE: EncodingRecommender {
    package static let family = ModelFamily(
        name: "vae", defaults: VAESettings.defaults,
        makeLearner: { data, options in try VAELearner(data, options: options) },
        load: { itemCount, weights, settings in
            try VAE(itemCount: itemCount, weights: weights, settings: settings)
        })

    package let settings: ModelSettings
    let network: VAENetwork
    let store: ParameterStore<Float>

    package var itemCount: Int { network.itemCount }

    package func canAnswer(_ history: History) -> Bool {
        history.interactions.contains { $0.strength > 0 }
    }

    package func scores(for histories: [History]) -> [Float] {
        let pass = ForwardPass(store, on: Tape(isRecording: false))
        let z = network.mean(input(histories), in: pass)
        return pass.tape[network.logits(z, in: pass)].elements
    }

    /// The mean of z, `[latentSize]`. The time of the request doesn't count.
    package func encoding(of history: History) -> HistoryEncoding {
        let pass = ForwardPass(store, on: Tape(isRecording: false))
        return HistoryEncoding(values: pass.tape[network.mean(input([history]), in: pass)].elements)
    }

    package func scores(of encoding: HistoryEncoding) -> [Float] {
        let pass = ForwardPass(store, on: Tape(isRecording: false))
        let z = pass.tape.constant(
            Tensor(shape: [1, network.settings.latentSize], elements: encoding.values))
        return pass.tape[network.logits(z, in: pass)].elements
    }

    /// The histories as x̂, `[histories.count × itemCount]`.
    private func input(_ histories: [History]) -> SparseRows<Float> {
        SparseRows(normalizing: histories.map(\.positiveItems), columnCount: itemCount)
    }

    package func parameters() -> [Safetensors.Entry] {
        store.entries(withoutZeros: network.settings.prunedShare > 0)
    }
}

extension VAE {
    /// - Throws: `ModelError` where weights and settings don't fit each other.
    init(itemCount: Int, weights: Safetensors, settings: ModelSettings) throws {
        try OpenBLAS.load()
        let settings = try VAESettings.ofMultVAE.merging(settings) { $1 }.over(VAESettings.defaults)
        var store = ParameterStore<Float>()
        var unused = RandomSource(seed: 0)  // zeros are not drawn
        network = VAENetwork(
            itemCount: itemCount, settings: try VAESettings(settings), weight: .zeros,
            bias: .zeros, in: &store, random: &unused)
        try store.load(weights)
        self.store = store
        self.settings = settings
    }
}
