extension Tape {
    /// Causal attention over packed sequences, all heads at once.
    ///
    ///     s[i, j] = q[i] · k[j] / √headSize + positions[i − j] + gaps[request i − event j],  j ≤ i
    ///     output[i] = Σ_j dropout(weight(s[i, j])) v[j]
    ///
    /// Reference: Vaswani et al., "Attention Is All You Need", NeurIPS 2017, section 3.2; the
    /// biases: Zhai et al., "Actions Speak Louder than Words", ICML 2024, section 3.
    ///
    /// - Parameters:
    ///   - input: `[rows × columns]`: queries, keys, values, `shape.width` columns each, and perhaps
    ///     more columns that are not read.
    ///   - bias: `positions` `[heads × longest]`, the row itself last; `gaps`
    ///     `[heads × TimeGap.bucketCount]`, which needs the shape's times.
    /// - Returns: `[rows × shape.width]`
    /// - Complexity: O(Σ n² · width) for sequences of n rows
    package func causalAttention(
        _ input: Variable, shape: AttentionShape,
        bias: AttentionBias<Variable> = AttentionBias()
    ) -> Variable {
        check(input, shape, bias)
        let output = makeTensor([shape.rowCount, shape.width]) { output in
            withElements(of: input, bias) {
                Scalar.attention(shape, $0, bias: $1, into: output)
            }
        }
        let parameters = [bias.positions, bias.gaps].compactMap(\.self)
        return record(output, from: [input] + parameters) { tape, dOutput in
            tape.addGradients(to: [input] + parameters) { gradients in
                var rest = gradients.dropFirst()
                let dBias = bias.map { _ in rest.removeFirst() }
                tape.withElements(of: input, bias) { input, bias in
                    dOutput.withElements {
                        Scalar.addAttentionGradient(
                            shape, input, bias: bias, dOutput: $0, into: gradients[0],
                            dBias: dBias)
                    }
                }
            }
        }
    }

    private func check(_ input: Variable, _ shape: AttentionShape, _ bias: AttentionBias<Variable>)
    {
        precondition(
            self[input].rowCount == shape.rowCount && self[input].columnCount >= 3 * shape.width,
            "attention \(shape.rowCount) × \(shape.width) on input \(self[input].shape)")
        if let positions = bias.positions {
            precondition(
                self[positions].rowCount == shape.headCount
                    && self[positions].columnCount >= shape.longest,
                "position bias \(self[positions].shape) for sequences of \(shape.longest)")
        }
        if let gaps = bias.gaps {
            let expected = [shape.headCount, TimeGap.bucketCount]
            precondition(self[gaps].shape == expected, "gap bias \(self[gaps].shape)")
            precondition(
                shape.times?.events.count == shape.rowCount
                    && shape.times?.requests.count == shape.rowCount, "times of other rows")
        }
    }

    private func withElements(
        of input: Variable, _ bias: AttentionBias<Variable>,
        _ body: (UnsafeBufferPointer<Scalar>, AttentionBias<UnsafeBufferPointer<Scalar>>) -> Void
    ) {
        self[input].withElements { input in
            withElements(of: bias.positions) { positions in
                withElements(of: bias.gaps) { gaps in
                    body(input, AttentionBias(positions: positions, gaps: gaps))
                }
            }
        }
    }

    private func withElements(
        of variable: Variable?, _ body: (UnsafeBufferPointer<Scalar>?) -> Void
    ) {
        guard let variable else { return body(nil) }
        self[variable].withElements { body($0) }
    }
}
