extension Tape {
    /// Binary cross-entropy from logits, all of one label: what a discriminator is trained on.
    ///
    ///     loss = −s Σ_k (t log σ(x_k) + (1 − t) log(1 − σ(x_k)))
    ///          = s Σ_k (max(x_k, 0) − t x_k + log(1 + e^−|x_k|))
    ///
    /// The second form can't overflow.
    ///
    /// Reference: Goodfellow et al., "Generative Adversarial Nets", NeurIPS 2014, section 3.
    ///
    /// - Parameters:
    ///   - logits: x, of any shape
    ///   - label: t, 1 for real and 0 for generated
    ///   - scale: s, such as 1 / batch size
    /// - Returns: a scalar
    package func binaryCrossEntropy(
        logits: Variable, label: Scalar, scale: Scalar
    ) -> Variable {
        let loss = self[logits].elements.reduce(Scalar(0)) { sum, x in
            sum + max(x, 0) - label * x + Scalar.log(1 + Scalar.exp(-abs(x)))
        }
        return record(Tensor(scalar: scale * loss), from: [logits]) { tape, dLoss in
            tape.addGradient(to: logits) { dLogits in
                for (index, x) in tape[logits].elements.enumerated() {
                    let probability = 1 / (1 + Scalar.exp(-x))
                    dLogits[index] += scale * dLoss.scalar * (probability - label)
                }
            }
        }
    }

    /// A weighted sum of squares: what pulls chosen elements to 0.
    ///
    ///     loss = s Σ_k w_k x_k²
    ///
    /// - Parameters:
    ///   - input: x, of any shape
    ///   - weights: w, of the same shape
    ///   - scale: s, such as 1 / batch size
    /// - Returns: a scalar
    package func weightedSquares(
        _ input: Variable, weights: Tensor<Scalar>, scale: Scalar
    ) -> Variable {
        let shape = self[input].shape
        precondition(weights.shape == shape, "weights \(weights.shape) for \(shape)")
        let product = makeTensor(shape) { product in
            product.setToZero()
            withElements(of: self[input], weights) { Scalar.multiplyAdd($0, $1, into: product) }
        }
        var loss: Scalar = 0
        withElements(of: product, self[input]) { product, input in
            withUnsafeMutablePointer(to: &loss) { loss in
                Scalar.multiply(
                    MatrixProduct(rows: 1, columns: 1, inner: product.count), product, input,
                    into: UnsafeMutableBufferPointer(start: loss, count: 1))
            }
        }
        let kept = keep(product)
        return record(Tensor(scalar: scale * loss), from: [input]) { tape, dLoss in
            tape.addGradient(to: input) { dInput in
                tape[kept].withElements {
                    Scalar.axpy(2 * scale * dLoss.scalar, $0, into: dInput)
                }
            }
        }
    }
}
