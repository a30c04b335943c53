extension Tape {
    /// A linear layer.
    ///
    ///     output = input Wᵀ + b
    ///
    /// - Parameters:
    ///   - input: `[rows × inputSize]`
    ///   - weight: `[outputSize × inputSize]`
    ///   - bias: `[outputSize]`
    /// - Returns: `[rows × outputSize]`
    package func linear(_ input: Variable, weight: Variable, bias: Variable) -> Variable {
        let (rows, inputSize) = (self[input].rowCount, self[input].columnCount)
        let outputSize = self[weight].rowCount
        precondition(
            self[weight].shape == [outputSize, inputSize] && self[bias].shape == [outputSize],
            "weight \(self[weight].shape), bias \(self[bias].shape) on input \(self[input].shape)")

        let output = makeTensor([rows, outputSize]) {
            affine(input, weight: weight, bias: bias, into: $0)
        }
        return record(output, from: [input, weight, bias]) { tape, dOutput in
            dOutput.withElements {
                tape.addAffineGradient(
                    $0, times: 1, input: input, weight: weight, bias: bias)
            }
        }
    }

    /// output = input Wᵀ + b
    func affine(
        _ input: Variable, weight: Variable, bias: Variable,
        into output: UnsafeMutableBufferPointer<Scalar>
    ) {
        let product = MatrixProduct<Scalar>(
            rows: self[input].rowCount, columns: self[weight].rowCount,
            inner: self[input].columnCount, transposeB: true, mayRound: mayRound)
        self[input].withElements { x in
            self[weight].withElements { w in Scalar.multiply(product, x, w, into: output) }
        }
        self[bias].withElements { Scalar.addRow($0, toRowsOf: output) }
    }

    /// dInput += s dOutput W,  dWeight += s dOutputᵀ input,  dBias += s (column sums of dOutput)
    func addAffineGradient(
        _ dOutput: UnsafeBufferPointer<Scalar>, times scale: Scalar, input: Variable,
        weight: Variable, bias: Variable
    ) {
        let (rows, inputSize) = (self[input].rowCount, self[input].columnCount)
        let outputSize = self[weight].rowCount
        withGradient(of: input) { dInput, isFresh in
            let product = MatrixProduct<Scalar>(
                rows: rows, columns: inputSize, inner: outputSize, alpha: scale,
                beta: isFresh ? 0 : 1, mayRound: mayRound)
            self[weight].withElements { Scalar.multiply(product, dOutput, $0, into: dInput) }
        }
        withGradient(of: weight) { dWeight, isFresh in
            let product = MatrixProduct<Scalar>(
                rows: outputSize, columns: inputSize, inner: rows, transposeA: true, alpha: scale,
                beta: isFresh ? 0 : 1, mayRound: mayRound)
            self[input].withElements { Scalar.multiply(product, dOutput, $0, into: dWeight) }
        }
        addGradient(to: bias) { Scalar.addColumnSums(of: dOutput, times: scale, into: $0) }
    }
}
