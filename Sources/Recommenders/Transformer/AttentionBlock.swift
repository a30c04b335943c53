import NeuralNetwork
import Support
import Tensor

/// Softmax attention and a feed-forward layer, each normalised before and added to its input.
///
///     x ← x + dropout(W₀ attention(norm(x)))           with dropout of the attention weights
///     x ← x + dropout(W₂ dropout(relu(W₁ norm(x))))
///
/// With gates each term is multiplied by σ(W g), g its normalised input, before it is added.
///
/// Reference: Kang & McAuley, "Self-Attentive Sequential Recommendation", ICDM 2018, section 3.2;
/// normalised before: Xiong et al., "On Layer Normalization in the Transformer Architecture", ICML
/// 2020; gates: Borisyuk et al., "From Features to Transformers", 2025 (LiGR).
struct AttentionBlock: EncoderBlock {
    private let headCount: Int
    private let headSize: Int
    private let norm: LayerNorm
    private let queriesKeysValues: Linear
    private let bias: RelativeBias
    private let output: Linear
    private let feedForwardNorm: LayerNorm
    private let feedForwardUp: Linear
    private let feedForwardDown: Linear
    /// Of the attention and of the feed-forward layer.
    private let gates: (Linear, Linear)?

    /// Adds `name.*` to the store.
    init<Scalar>(
        _ name: String, _ settings: TransformerSettings, weight: Initializer,
        in store: inout ParameterStore<Scalar>, random: inout RandomSource
    ) {
        let width = settings.width
        headCount = settings.headCount
        headSize = width / settings.headCount
        func linear(
            _ layer: String, _ inputSize: Int, _ outputSize: Int,
            store: inout ParameterStore<Scalar>, random: inout RandomSource
        ) -> Linear {
            Linear(
                name + layer, inputSize: inputSize, outputSize: outputSize, weight: weight,
                bias: .zeros, in: &store, random: &random)
        }
        norm = LayerNorm(name + ".norm", width: width, in: &store)
        queriesKeysValues = linear(
            ".attention.input", width, 3 * width, store: &store, random: &random)
        bias = RelativeBias(name + ".attention.bias", settings, in: &store)
        output = linear(".attention.output", width, width, store: &store, random: &random)
        feedForwardNorm = LayerNorm(name + ".feedForward.norm", width: width, in: &store)
        feedForwardUp = linear(
            ".feedForward.up", width, settings.feedForwardSize, store: &store, random: &random)
        feedForwardDown = linear(
            ".feedForward.down", settings.feedForwardSize, width, store: &store, random: &random)
        gates =
            settings.hasGates
            ? (
                linear(".attention.gate", width, width, store: &store, random: &random),
                linear(".feedForward.gate", width, width, store: &store, random: &random)
            ) : nil
    }

    func callAsFunction<Scalar>(
        _ x: Variable, _ batch: SequenceBatch, dropout: inout DropoutSource,
        in pass: ForwardPass<Scalar>
    ) -> Variable {
        let tape = pass.tape
        let shape = AttentionShape(
            offsets: batch.offsets, headCount: headCount, headSize: headSize,
            dropout: dropout.next(), times: batch.times)
        let normal = norm(x, in: pass)  // [rows, width]
        let attended = tape.causalAttention(
            queriesKeysValues(normal, in: pass), shape: shape, bias: bias.variables(in: pass))
        let attention = gated(
            tape.dropout(output(attended, in: pass), dropout.next()), by: gates?.0, of: normal, pass
        )
        let y = tape.add(x, attention)  // [rows, width]

        let feedForwardInput = feedForwardNorm(y, in: pass)
        let hidden = tape.activation(.relu, feedForwardUp(feedForwardInput, in: pass))
        let down = feedForwardDown(tape.dropout(hidden, dropout.next()), in: pass)
        let feedForward = gated(
            tape.dropout(down, dropout.next()), by: gates?.1, of: feedForwardInput, pass)
        return tape.add(y, feedForward)
    }

    private func gated<Scalar>(
        _ term: Variable, by gate: Linear?, of input: Variable, _ pass: ForwardPass<Scalar>
    ) -> Variable {
        guard let gate else { return term }
        return pass.tape.multiply(term, pass.tape.activation(.sigmoid, gate(input, in: pass)))
    }
}
