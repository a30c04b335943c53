import NeuralNetwork
import Support
import Tensor

/// From a history to the moments of its normal distribution.
///
///     Mult-VAE   h = tanh(x̂ E + b)
///     RecVAE     h₁ = norm(silu(x̂ E + b)),  h_k = norm(silu(h_{k−1} Wᵀ + b + Σ_{j<k} h_j))
///     both       (μ, log σ²) = h Wᵀ + b
///
/// Reference: Liang et al., WWW 2018, section 2; Shenbin et al., "RecVAE: a New Variational
/// Autoencoder for Top-N Recommendations with Implicit Feedback", WSDM 2020, figure 2.
struct VAEEncoder: Sendable {
    private let input: EmbeddingBag
    /// A layer from the second on has weights of its own; none in Mult-VAE.
    private let hidden: [Linear]
    private let norms: [LayerNorm]
    private let moments: Linear

    /// Adds the parameters to the store.
    init<Scalar>(
        itemCount: Int, settings: VAESettings, weight: Initializer, bias: Initializer,
        in store: inout ParameterStore<Scalar>, random: inout RandomSource
    ) {
        let (hiddenSize, layers) = (settings.hiddenSize, settings.denseLayerCount)
        input = EmbeddingBag(
            "encoder.input", inputSize: itemCount, outputSize: hiddenSize, weight: weight,
            bias: bias, in: &store, random: &random)
        var hidden: [Linear] = []
        for layer in 1..<max(1, layers) {
            hidden.append(
                Linear(
                    "encoder.hidden.\(layer)", inputSize: hiddenSize, outputSize: hiddenSize,
                    weight: weight, bias: bias, in: &store, random: &random))
        }
        self.hidden = hidden
        var norms: [LayerNorm] = []
        for layer in 0..<layers {
            norms.append(LayerNorm("encoder.norm.\(layer)", width: hiddenSize, in: &store))
        }
        self.norms = norms
        moments = Linear(
            "encoder.moments", inputSize: hiddenSize, outputSize: 2 * settings.latentSize,
            weight: weight, bias: bias, in: &store, random: &random)
    }

    /// - Parameter histories: x̂, `[rows × itemCount]`
    /// - Returns: (μ, log σ²), `[rows × 2 latentSize]`
    func callAsFunction<Scalar>(
        _ histories: SparseRows<Scalar>, in pass: ForwardPass<Scalar>
    ) -> Variable {
        let tape = pass.tape
        var last = input(histories, in: pass)  // [rows, hiddenSize]
        guard let firstNorm = norms.first else { return moments(tape.tanh(last), in: pass) }
        last = firstNorm(tape.activation(.silu, last), in: pass)
        var sum = last
        for (index, layer) in hidden.enumerated() {
            let joined = tape.add(layer(last, in: pass), sum)
            last = norms[index + 1](tape.activation(.silu, joined), in: pass)
            if index + 1 < hidden.count { sum = tape.add(sum, last) }
        }
        return moments(last, in: pass)
    }
}
