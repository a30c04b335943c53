import NeuralNetwork
import Support
import Tensor

/// The generator of CFGAN: from a user's vector to a preference for each item.
///
///     h = tanh(x̂ E + b), again through each hidden layer;  ŷ = σ(h Wᵀ + b)      x̂ the history
///
/// With a retrieval head on the same h it is the integrated model: softmax(h Vᵀ + b) is the
/// probability of the next item.
///
/// Reference: Chae et al., "CFGAN", CIKM 2018, section 3.2.
struct GANGenerator: Sendable {
    static let itemParameters: Set = [
        "generator.input.weight", "generator.items.weight", "generator.items.bias",
        "retrieval.items.weight", "retrieval.items.bias",
    ]

    let itemCount: Int
    let hiddenSize: Int

    let input: EmbeddingBag
    let hiddenLayers: [Linear]
    let items: Linear
    /// The retrieval head of the integrated model.
    let retrieval: Linear?

    /// Adds the parameters to the store.
    init<Scalar>(
        itemCount: Int, settings: GANSettings, weight: Initializer,
        in store: inout ParameterStore<Scalar>, random: inout RandomSource
    ) {
        let hiddenSize = settings.hiddenSize
        func layer(_ name: String, outputSize: Int) -> Linear {
            Linear(
                name, inputSize: hiddenSize, outputSize: outputSize, weight: weight, bias: .zeros,
                in: &store, random: &random)
        }
        self.itemCount = itemCount
        self.hiddenSize = hiddenSize
        input = EmbeddingBag(
            "generator.input", inputSize: itemCount, outputSize: hiddenSize, weight: weight,
            bias: .zeros, in: &store, random: &random)
        hiddenLayers = (1..<settings.layers).map {
            layer("generator.hidden\($0)", outputSize: hiddenSize)
        }
        items = layer("generator.items", outputSize: itemCount)
        retrieval = settings.isJoint ? layer("retrieval.items", outputSize: itemCount) : nil
    }

    /// What all scores are made of.
    ///
    /// - Parameter histories: x̂, `[rows × itemCount]`
    /// - Returns: h, `[rows × hiddenSize]`
    func hidden<Scalar>(_ histories: SparseRows<Scalar>, in pass: ForwardPass<Scalar>) -> Variable {
        var hidden = pass.tape.tanh(input(histories, in: pass))
        for layer in hiddenLayers {
            hidden = pass.tape.tanh(layer(hidden, in: pass))
        }
        return hidden
    }

    /// - Parameter hidden: `[rows × hiddenSize]`
    /// - Returns: ŷ, `[rows × itemCount]`
    func preferences<Scalar>(_ hidden: Variable, in pass: ForwardPass<Scalar>) -> Variable {
        pass.tape.activation(.sigmoid, items(hidden, in: pass))
    }

    /// What a served model ranks by: the logits of the preferences, and those of the retrieval head
    /// where there is one.
    ///
    /// - Parameter hidden: `[rows × hiddenSize]`
    /// - Returns: `[rows × itemCount]`
    func scores<Scalar>(_ hidden: Variable, in pass: ForwardPass<Scalar>) -> Variable {
        let logits = items(hidden, in: pass)
        guard let retrieval else { return logits }
        return pass.tape.add(logits, retrieval(hidden, in: pass))
    }
}
