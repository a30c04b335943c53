import NeuralNetwork
import Support
import Tensor

/// The layers of Mult-VAE.
///
///     encoder  h = tanh(x̂ E + b),  (μ, log σ²) = h Wᵀ + b     x̂ the normalised history
///     decoder  π(z) = softmax(tanh(z Wᵀ + b) Wᵀ + b)
///
/// Reference: Liang, Krishnan, Hoffman & Jebara, "Variational Autoencoders for Collaborative
/// Filtering", WWW 2018, section 2.
struct VAENetwork: Sendable {
    let itemCount: Int
    let hiddenSize: Int
    let latentSize: Int

    let encoderInput: EmbeddingBag
    let encoderMoments: Linear
    let decoderHidden: Linear
    let decoderItems: Linear

    /// Adds the parameters to the store.
    init<Scalar>(
        itemCount: Int, hiddenSize: Int, latentSize: Int, weight: Initializer, bias: Initializer,
        in store: inout ParameterStore<Scalar>, random: inout RandomSource
    ) {
        self.itemCount = itemCount
        self.hiddenSize = hiddenSize
        self.latentSize = latentSize
        encoderInput = EmbeddingBag(
            "encoder.input", inputSize: itemCount, outputSize: hiddenSize, weight: weight,
            bias: bias, in: &store, random: &random)
        encoderMoments = Linear(
            "encoder.moments", inputSize: hiddenSize, outputSize: 2 * latentSize, weight: weight,
            bias: bias, in: &store, random: &random)
        decoderHidden = Linear(
            "decoder.hidden", inputSize: latentSize, outputSize: hiddenSize, weight: weight,
            bias: bias, in: &store, random: &random)
        decoderItems = Linear(
            "decoder.items", inputSize: hiddenSize, outputSize: itemCount, weight: weight,
            bias: bias, in: &store, random: &random)
    }

    /// The loss of a part of a batch: the negative evidence lower bound, its divergence weighted.
    ///
    ///     loss = s Σ_u (−Σ_i x_ui log π(z_u)_i + β KL(q(z_u) ‖ N(0, 1)))
    ///
    /// - Parameters:
    ///   - batch: `rows` users
    ///   - scale: s, 1 / batch size
    /// - Returns: a scalar
    func loss<Scalar>(
        _ batch: VAEBatch<Scalar>, divergenceWeight: Scalar, scale: Scalar,
        in pass: ForwardPass<Scalar>
    ) -> Variable {
        let tape = pass.tape
        let moments = encode(batch.input, in: pass)  // [rows, 2 latentSize]
        let z = tape.gaussianSample(moments: moments, noise: batch.noise)  // [rows, latentSize]
        let hidden = tape.tanh(decoderHidden(z, in: pass))  // [rows, hiddenSize]
        let reconstruction = tape.multinomialLoss(
            hidden: hidden, weight: pass[decoderItems.weight], bias: pass[decoderItems.bias],
            observed: batch.observed, scale: scale)
        let divergence = tape.divergenceFromStandardNormal(moments: moments, scale: scale)
        return tape.weightedSum([(reconstruction, 1), (divergence, divergenceWeight)])
    }

    /// What the scores are made of: the mean of z.
    ///
    /// - Parameter input: `[rows × itemCount]`
    /// - Returns: μ, `[rows × latentSize]`
    func mean<Scalar>(_ input: SparseRows<Scalar>, in pass: ForwardPass<Scalar>) -> Variable {
        let moments = encode(input, in: pass)  // [rows, 2 latentSize]
        return pass.tape.columns(0..<latentSize, of: moments)
    }

    /// The scores of all items.
    ///
    /// - Parameter z: `[rows × latentSize]`
    /// - Returns: logits, `[rows × itemCount]`
    func logits<Scalar>(_ z: Variable, in pass: ForwardPass<Scalar>) -> Variable {
        let hidden = pass.tape.tanh(decoderHidden(z, in: pass))  // [rows, hiddenSize]
        return decoderItems(hidden, in: pass)
    }

    private func encode<Scalar>(
        _ input: SparseRows<Scalar>, in pass: ForwardPass<Scalar>
    ) -> Variable {
        let hidden = pass.tape.tanh(encoderInput(input, in: pass))  // [rows, hiddenSize]
        return encoderMoments(hidden, in: pass)
    }
}
