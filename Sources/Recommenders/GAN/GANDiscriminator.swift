import NeuralNetwork
import Support
import Tensor

/// The discriminator of CFGAN: how real a preference vector looks, given whose it is.
///
///     h = silu(x̂ C + y Wᵀ + b);  D = σ(h vᵀ + b)      x̂ the user's history, y the vector
///
/// W begins at 0. Random weights would tell it at first that some purchases look generated, and the
/// generator would unlearn just those; from 0 every item's weight grows from what real and generated
/// vectors differ in.
///
/// Reference: Chae et al., "CFGAN", CIKM 2018, section 3.2. Differs: W begins at 0; one hidden layer.
struct GANDiscriminator: Sendable {
    let condition: EmbeddingBag
    let preferences: Linear
    let output: Linear

    /// Adds the parameters to the store.
    init<Scalar>(
        itemCount: Int, hiddenSize: Int, in store: inout ParameterStore<Scalar>,
        random: inout RandomSource
    ) {
        condition = EmbeddingBag(
            "discriminator.condition", inputSize: itemCount, outputSize: hiddenSize,
            weight: .xavierUniform, bias: .zeros, in: &store, random: &random)
        preferences = Linear(
            "discriminator.preferences", inputSize: itemCount, outputSize: hiddenSize,
            weight: .zeros, bias: .zeros, in: &store, random: &random)
        output = Linear(
            "discriminator.output", inputSize: hiddenSize, outputSize: 1, weight: .xavierUniform,
            bias: .zeros, in: &store, random: &random)
    }

    /// - Parameters:
    ///   - users: x̂, `[rows × itemCount]`
    ///   - vectors: y, `[rows × itemCount]`
    /// - Returns: logits of D, `[rows × 1]`
    func logits<Scalar>(
        _ users: SparseRows<Scalar>, _ vectors: Variable, in pass: ForwardPass<Scalar>
    ) -> Variable {
        let hidden = pass.tape.add(condition(users, in: pass), preferences(vectors, in: pass))
        return output(pass.tape.activation(.silu, hidden), in: pass)
    }
}
