import NeuralNetwork
import Support
import Tensor

/// The layers of the VAE: Mult-VAE's or RecVAE's, as the settings say.
///
///     encoder  x̂ → (μ, log σ²)                 VAEEncoder
///     decoder  π(z) = softmax(g Wᵀ + b)        g = z, or tanh(z Wᵀ + b) with a hidden layer
///
/// Reference: Liang, Krishnan, Hoffman & Jebara, "Variational Autoencoders for Collaborative
/// Filtering", WWW 2018, section 2; Shenbin et al., "RecVAE", WSDM 2020, section 3.
struct VAENetwork: Sendable {
    let itemCount: Int
    let settings: VAESettings

    let encoder: VAEEncoder
    let encoderParameters: [ParameterID]
    /// Nil where the decoder is one linear layer.
    private let decoderHidden: Linear?
    let decoderItems: Linear
    let decoderParameters: [ParameterID]

    /// Adds the parameters to the store, which is empty.
    init<Scalar>(
        itemCount: Int, settings: VAESettings, weight: Initializer, bias: Initializer,
        in store: inout ParameterStore<Scalar>, random: inout RandomSource
    ) {
        self.itemCount = itemCount
        self.settings = settings
        encoder = VAEEncoder(
            itemCount: itemCount, settings: settings, weight: weight, bias: bias, in: &store,
            random: &random)
        encoderParameters = store.ids
        var width = settings.latentSize
        if settings.decoderLayerCount > 0 {
            decoderHidden = Linear(
                "decoder.hidden", inputSize: width, outputSize: settings.hiddenSize,
                weight: weight, bias: bias, in: &store, random: &random)
            width = settings.hiddenSize
        } else {
            decoderHidden = nil
        }
        decoderItems = Linear(
            "decoder.items", inputSize: width, outputSize: itemCount, weight: weight, bias: bias,
            in: &store, random: &random)
        decoderParameters = Array(store.ids.dropFirst(encoderParameters.count))
    }

    /// The loss of a part of a batch: the negative evidence lower bound, its divergence weighted.
    ///
    ///     loss = Σ_u (−s Σ_i x_ui log π(z_u)_i + w_u KL(q(z_u) ‖ p(z_u)))
    ///
    /// x_ui is what item i weighs for user u, 1 where all events weigh alike; what is encoded is
    /// multi-hot, as a request is.
    ///
    /// - Parameters:
    ///   - batch: `rows` users, with w
    ///   - previous: An earlier encoder's parameters on the same tape, which need no gradient: p is
    ///     RecVAE's composite prior then, and N(0, 1) without.
    ///   - scale: s, 1 / batch size
    /// - Returns: a scalar
    func loss<Scalar>(
        _ batch: VAEBatch<Scalar>, previous: ForwardPass<Scalar>? = nil, scale: Scalar,
        in pass: ForwardPass<Scalar>
    ) -> Variable {
        let tape = pass.tape
        let moments = encoder(batch.input, in: pass)  // [rows, 2 latentSize]
        let z = tape.gaussianSample(moments: moments, noise: batch.noise)  // [rows, latentSize]
        let reconstruction = reconstruction(z, of: batch, scale: scale, in: pass)
        let divergence =
            if let previous {
                tape.divergenceFromMixture(
                    .ofRecVAE, sample: z, moments: moments, noise: batch.noise,
                    previous: encoder(batch.undropped, in: previous),
                    scales: batch.divergenceWeights)
            } else {
                tape.divergenceFromStandardNormal(
                    moments: moments, scales: batch.divergenceWeights)
            }
        return tape.weightedSum([(reconstruction, 1), (divergence, 1)])
    }

    /// The loss without its divergence, which doesn't depend on the decoder.
    ///
    /// - Returns: a scalar
    func reconstructionLoss<Scalar>(
        _ batch: VAEBatch<Scalar>, scale: Scalar, in pass: ForwardPass<Scalar>
    ) -> Variable {
        let moments = encoder(batch.input, in: pass)  // [rows, 2 latentSize]
        let z = pass.tape.gaussianSample(moments: moments, noise: batch.noise)
        return reconstruction(z, of: batch, scale: scale, in: pass)
    }

    /// What the scores are made of: the mean of z.
    ///
    /// - Parameter input: `[rows × itemCount]`
    /// - Returns: μ, `[rows × latentSize]`
    func mean<Scalar>(_ input: SparseRows<Scalar>, in pass: ForwardPass<Scalar>) -> Variable {
        pass.tape.columns(0..<settings.latentSize, of: encoder(input, in: pass))
    }

    /// The scores of all items.
    ///
    /// - Parameter z: `[rows × latentSize]`
    /// - Returns: logits, `[rows × itemCount]`
    func logits<Scalar>(_ z: Variable, in pass: ForwardPass<Scalar>) -> Variable {
        decoderItems(decoderInput(z, in: pass), in: pass)
    }

    private func reconstruction<Scalar>(
        _ z: Variable, of batch: VAEBatch<Scalar>, scale: Scalar, in pass: ForwardPass<Scalar>
    ) -> Variable {
        pass.tape.multinomialLoss(
            hidden: decoderInput(z, in: pass), weight: pass[decoderItems.weight],
            bias: pass[decoderItems.bias], observed: batch.observed, scale: scale)
    }

    /// - Returns: `[rows × width of the last layer]`
    private func decoderInput<Scalar>(_ z: Variable, in pass: ForwardPass<Scalar>) -> Variable {
        guard let decoderHidden else { return z }
        return pass.tape.tanh(decoderHidden(z, in: pass))
    }
}
