import NeuralNetwork
import Tensor

/// Both networks and what each of them minimises, in the form of Goodfellow et al., "Generative
/// Adversarial Nets", NeurIPS 2014, section 3, with the terms of Chae et al., CIKM 2018, section 3.3.
///
///     L_D = −log D(x | x̂) − log(1 − D(ŷ ⊙ (x + k) | x̂))            k: partial masking
///     L_G = −log D(ŷ ⊙ (x + k) | x̂)
struct GANNetworks: Sendable {
    let generator: GANGenerator
    let discriminator: GANDiscriminator
    let settings: GANSettings

    /// L_D of a part of a batch.
    ///
    /// - Parameters:
    ///   - generatorPass: The generator as it is: it gets no gradient.
    ///   - scale: 1 / batch size
    /// - Returns: a scalar
    func discriminatorLoss<Scalar>(
        _ batch: GANBatch<Scalar>, generator generatorPass: ForwardPass<Scalar>, scale: Scalar,
        in pass: ForwardPass<Scalar>
    ) -> Variable {
        let tape = pass.tape
        let preferences = generator.preferences(
            generator.hidden(batch.input, in: generatorPass), in: generatorPass)
        let real = discriminator.logits(batch.users, tape.constant(batch.purchases), in: pass)
        let generated = discriminator.logits(
            batch.users, masked(preferences, batch, on: tape), in: pass)
        return tape.add(
            tape.binaryCrossEntropy(logits: real, label: 1, scale: scale),
            tape.binaryCrossEntropy(logits: generated, label: 0, scale: scale))
    }

    /// λ L_G + α Σ_zeros ŷ², and with a retrieval head the cross-entropy of its softmax.
    ///
    /// - Parameters:
    ///   - discriminatorPass: The discriminator as it is: it gets no gradient.
    ///   - scale: 1 / batch size
    /// - Returns: a scalar
    func generatorLoss<Scalar>(
        _ batch: GANBatch<Scalar>, discriminator discriminatorPass: ForwardPass<Scalar>,
        scale: Scalar, in pass: ForwardPass<Scalar>
    ) -> Variable {
        let tape = pass.tape
        let hidden = generator.hidden(batch.input, in: pass)  // [rows, hiddenSize]
        let preferences = generator.preferences(hidden, in: pass)  // [rows, items]
        let logits = discriminator.logits(
            batch.users, masked(preferences, batch, on: tape), in: discriminatorPass)
        var terms: [(variable: Variable, weight: Scalar)] = [
            (
                tape.binaryCrossEntropy(logits: logits, label: 1, scale: scale),
                Scalar(settings.adversarialWeight)
            ),
            (
                tape.weightedSquares(preferences, weights: batch.zeros, scale: scale),
                Scalar(settings.reconstructionWeight)
            ),
        ]
        if let retrieval = generator.retrieval {
            let crossEntropy = tape.multinomialLoss(
                hidden: hidden, weight: pass[retrieval.weight], bias: pass[retrieval.bias],
                observed: batch.observed, scale: scale)
            terms.append((crossEntropy, 1))
        }
        return tape.weightedSum(terms)
    }

    /// ŷ ⊙ (x + k), `[rows × items]`
    private func masked<Scalar>(
        _ preferences: Variable, _ batch: GANBatch<Scalar>, on tape: Tape<Scalar>
    ) -> Variable {
        tape.multiply(preferences, tape.constant(batch.mask))
    }
}

extension ForwardPass {
    /// Parameters that get no gradient.
    init(constant store: ParameterStore<Scalar>, on tape: Tape<Scalar>) {
        self.init(store.tensors.map { tape.constant($0) }, on: tape)
    }
}
