import NeuralNetwork
import Support
import Tensor

/// A hierarchical sequential transduction unit: attention without softmax, so that the strength of
/// an interest counts, gated by the input; no feed-forward layer.
///
///     q, k, v, u = silu(W₁ norm(x))
///     x ← x + dropout(W₂ (norm(Σ_j silu(q · k_j + bias) v_j / positions) ⊙ u))
///
/// Reference: Zhai et al., "Actions Speak Louder than Words: Trillion-Parameter Sequential
/// Transducers for Generative Recommendations", ICML 2024, section 3 (HSTU).
struct PointwiseBlock: EncoderBlock {
    private let headCount: Int
    private let headSize: Int
    private let weightScale: Double
    private let norm: LayerNorm
    private let input: Linear
    private let bias: RelativeBias
    private let attendedNorm: LayerNorm
    private let output: Linear

    /// Adds `name.*` to the store.
    init<Scalar>(
        _ name: String, _ settings: TransformerSettings, weight: Initializer,
        in store: inout ParameterStore<Scalar>, random: inout RandomSource
    ) {
        let width = settings.width
        headCount = settings.headCount
        headSize = width / settings.headCount
        weightScale = 1 / Double(settings.positionCount)
        norm = LayerNorm(name + ".norm", width: width, in: &store)
        input = Linear(
            name + ".attention.input", inputSize: width, outputSize: 4 * width, weight: weight,
            bias: .zeros, in: &store, random: &random)
        bias = RelativeBias(name + ".attention.bias", settings, in: &store)
        attendedNorm = LayerNorm(name + ".attention.norm", width: width, in: &store)
        output = Linear(
            name + ".attention.output", inputSize: width, outputSize: width, weight: weight,
            bias: .zeros, in: &store, random: &random)
    }

    func callAsFunction<Scalar>(
        _ x: Variable, _ batch: SequenceBatch, dropout: inout DropoutSource,
        in pass: ForwardPass<Scalar>
    ) -> Variable {
        let tape = pass.tape
        let width = headCount * headSize
        let shape = AttentionShape(
            offsets: batch.offsets, headCount: headCount, headSize: headSize,
            weighting: .pointwise(scale: weightScale), times: batch.times)
        // Queries, keys, values and gate side by side: [rows, 4 width]
        let parts = tape.activation(.silu, input(norm(x, in: pass), in: pass))
        let attended = tape.causalAttention(parts, shape: shape, bias: bias.variables(in: pass))
        let gate = tape.columns(3 * width..<4 * width, of: parts)
        let gated = tape.multiply(attendedNorm(attended, in: pass), gate)
        return tape.add(x, tape.dropout(output(gated, in: pass), dropout.next()))
    }
}
