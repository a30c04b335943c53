import Events
import NeuralNetwork
import Support
import Tensor

/// CFGAN: a generator that makes a preference for every item of a user's history, trained against a
/// discriminator that tells real purchases from generated ones. With `joint` it shares its hidden
/// layers with a retrieval network, the integrated model.
///
/// It reads which items, not when or how often. docs/models/gan.md says when to choose it.
///
/// Reference: Chae et al., "CFGAN: A Generic Collaborative Filtering Framework based on Generative
/// Adversarial Networks", CIKM 2018.
package struct GAN: EncodingRecommender {
    package static let family = ModelFamily(
        name: "gan", defaults: GANSettings.defaults,
        makeLearner: { data, options in try GANLearner(data, options: options) },
        load: { itemCount, weights, settings in
            try GAN(itemCount: itemCount, weights: weights, settings: settings)
        })

    package let settings: ModelSettings
    let generator: GANGenerator
    let store: ParameterStore<Float>
    /// Whether the checkpoint leaves out zeros.
    let isPruned: Bool

    package var itemCount: Int { generator.itemCount }

    package func canAnswer(_ history: History) -> Bool {
        history.interactions.contains { $0.strength > 0 }
    }

    package func scores(for histories: [History]) -> [Float] {
        let pass = ForwardPass(store, on: Tape(isRecording: false))
        return pass.tape[generator.scores(hidden(histories, in: pass), in: pass)].elements
    }

    /// h, `[hiddenSize]`. The time of the request doesn't count.
    package func encoding(of history: History) -> HistoryEncoding {
        let pass = ForwardPass(store, on: Tape(isRecording: false))
        return HistoryEncoding(values: pass.tape[hidden([history], in: pass)].elements)
    }

    package func scores(of encoding: HistoryEncoding) -> [Float] {
        let pass = ForwardPass(store, on: Tape(isRecording: false))
        let hidden = pass.tape.constant(
            Tensor(shape: [1, generator.hiddenSize], elements: encoding.values))
        return pass.tape[generator.scores(hidden, in: pass)].elements
    }

    private func hidden(_ histories: [History], in pass: ForwardPass<Float>) -> Variable {
        let input = SparseRows<Float>(
            normalizing: histories.map(\.positiveItems), columnCount: itemCount)
        return generator.hidden(input, in: pass)
    }

    package func parameters() -> [Safetensors.Entry] {
        store.entries(withoutZeros: isPruned)
    }
}

extension GAN {
    /// - Throws: `ModelError` where weights and settings don't fit each other.
    init(itemCount: Int, weights: Safetensors, settings: ModelSettings) throws {
        try OpenBLAS.load()
        let settings = try settings.over(GANSettings.defaults)
        var store = ParameterStore<Float>()
        var unused = RandomSource(seed: 0)  // zeros are not drawn
        let parsed = try GANSettings(settings)
        generator = GANGenerator(
            itemCount: itemCount, settings: parsed, weight: .zeros, in: &store, random: &unused)
        isPruned = parsed.prunedShare > 0
        try store.load(weights)
        self.store = store
        self.settings = settings
    }
}
