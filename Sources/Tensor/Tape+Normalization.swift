extension Tape {
    /// Layer normalisation: each row with mean 0 and variance 1, times the gain, plus the bias.
    ///
    /// Reference: Ba, Kiros & Hinton, "Layer Normalization", 2016, equation 4.
    ///
    /// - Parameters:
    ///   - input: `[rows × width]`
    ///   - gain: `[width]`
    ///   - bias: `[width]`
    /// - Returns: `[rows × width]`
    package func layerNorm(_ input: Variable, gain: Variable, bias: Variable) -> Variable {
        let width = self[input].columnCount
        precondition(
            self[gain].shape == [width] && self[bias].shape == [width],
            "gain \(self[gain].shape), bias \(self[bias].shape) on input \(self[input].shape)")
        let output = makeTensor(self[input].shape) { output in
            withElements(of: self[input], self[gain], self[bias]) { x, gain, bias in
                Scalar.layerNorm(x, gain: gain, bias: bias, into: output)
            }
        }
        return record(output, from: [input, gain, bias]) { tape, dOutput in
            // All three in one pass; one that isn't wanted is thrown away.
            tape.addGradients(to: [input, gain, bias]) { gradients in
                withElements(of: tape[input], tape[gain], dOutput) { x, gain, dOutput in
                    Scalar.addLayerNormGradient(
                        x, gain: gain, dOutput: dOutput, into: gradients[0],
                        dGain: gradients[1], dBias: gradients[2])
                }
            }
        }
    }

    /// Each row divided by its Euclidean length.
    ///
    /// - Parameter input: `[rows × width]`
    /// - Returns: `[rows × width]`
    package func unitRows(_ input: Variable) -> Variable {
        let width = self[input].columnCount
        let output = makeTensor(self[input].shape) { output in
            self[input].withElements { Scalar.unitRows($0, width: width, into: output) }
        }
        return record(output, from: [input]) { tape, dOutput in
            tape.addGradient(to: input) { dInput in
                withElements(of: tape[input], dOutput) { x, dOutput in
                    Scalar.addUnitRowsGradient(x, width: width, dOutput: dOutput, into: dInput)
                }
            }
        }
    }
}
