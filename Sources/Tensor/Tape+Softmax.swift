extension Tape {
    /// Softmax of each row.
    ///
    ///     output[r, i] = exp(input[r, i]) / Σ_j exp(input[r, j])
    ///
    /// - Parameter input: `[rows × width]`
    /// - Returns: `[rows × width]`
    package func softmax(_ input: Variable) -> Variable {
        let width = self[input].columnCount
        let output = makeTensor(self[input].shape) { output in
            self[input].withElements { output.copy($0) }
            for row in output.rows(of: width) { _ = Scalar.softmax(row) }
        }
        let index = Variable(index: nodes.count)
        return record(output, from: [input]) { tape, dOutput in
            tape.addGradient(to: input) { dInput in
                tape[index].withElements { y in
                    dOutput.withElements { dy in
                        for (row, dRow) in dInput.rows(of: width).enumerated() {
                            let range = row * width..<(row + 1) * width
                            Scalar.addSoftmaxGradient(
                                y: .init(rebasing: y[range]), dOutput: .init(rebasing: dy[range]),
                                into: dRow)
                        }
                    }
                }
            }
        }
    }

    /// A linear layer and the multinomial negative log-likelihood of what is observed, in one.
    ///
    ///     logits = hidden Wᵀ + b
    ///     loss   = −s Σ_r Σ_k x[r, k] log softmax(logits[r])[k]
    ///
    /// The logits of a large catalogue are the largest thing in a training step. They exist once:
    /// the forward pass leaves the loss's derivative in their place.
    ///
    /// Reference: Liang et al., "Variational Autoencoders for Collaborative Filtering", WWW 2018,
    /// equation 2.
    ///
    /// - Parameters:
    ///   - hidden: `[rows × width]`
    ///   - weight: `[items × width]`
    ///   - bias: `[items]`
    ///   - observed: x, `[rows × items]`, sparse
    ///   - scale: s, such as 1 / batch size
    /// - Returns: a scalar
    package func multinomialLoss(
        hidden: Variable, weight: Variable, bias: Variable, observed: SparseRows<Scalar>,
        scale: Scalar
    ) -> Variable {
        let (rows, items) = (self[hidden].rowCount, self[weight].rowCount)
        precondition(
            self[weight].columnCount == self[hidden].columnCount && self[bias].shape == [items],
            "weight \(self[weight].shape), bias \(self[bias].shape), hidden \(self[hidden].shape)")
        precondition(
            observed.rowCount == rows && observed.columnCount == items,
            "observed \(observed.rowCount) × \(observed.columnCount) for \(rows) × \(items)")

        var loss: Scalar = 0
        let dLogits = makeTensor([rows, items]) { logits in
            affine(hidden, weight: weight, bias: bias, into: logits)
            observed.forEachRow { row, columns, weights in
                let rowLogits = UnsafeMutableBufferPointer(
                    rebasing: logits[row * items..<(row + 1) * items])
                loss += Scalar.multinomial(rowLogits, columns: columns, weights: weights)
            }
        }
        let kept = keep(dLogits)
        return record(Tensor(scalar: scale * loss), from: [hidden, weight, bias]) { tape, dLoss in
            tape[kept].withElements {
                tape.addAffineGradient(
                    $0, times: scale * dLoss.scalar, input: hidden, weight: weight, bias: bias)
            }
        }
    }
}
