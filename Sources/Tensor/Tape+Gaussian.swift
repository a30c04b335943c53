extension Tape {
    /// A sample of the normal distribution with the given moments, differentiable by them.
    ///
    ///     moments = (μ, log σ²),  output = μ + σ ε
    ///
    /// Reference: Kingma & Welling, "Auto-Encoding Variational Bayes", ICLR 2014, section 2.4.
    ///
    /// - Parameters:
    ///   - moments: `[rows × 2 size]`
    ///   - noise: ε, `[rows × size]`, standard normal
    /// - Returns: `[rows × size]`
    package func gaussianSample(moments: Variable, noise: Tensor<Scalar>) -> Variable {
        let (rows, size) = (noise.rowCount, noise.columnCount)
        precondition(
            self[moments].shape == [rows, 2 * size],
            "moments \(self[moments].shape), noise \(noise.shape)")
        let output = makeTensor([rows, size]) { output in
            withElements(of: self[moments], noise) { moments, noise in
                for (row, sample) in output.rows(of: size).enumerated() {
                    Scalar.sampleGaussian(
                        moments: moments.row(row, of: 2 * size), noise: noise.row(row, of: size),
                        into: sample)
                }
            }
        }
        return record(output, from: [moments]) { tape, dOutput in
            tape.addGradient(to: moments) { dMoments in
                withElements(of: tape[moments], noise, dOutput) { moments, noise, dSample in
                    for (row, dRow) in dMoments.rows(of: 2 * size).enumerated() {
                        Scalar.addGaussianGradient(
                            moments: moments.row(row, of: 2 * size),
                            noise: noise.row(row, of: size), dSample: dSample.row(row, of: size),
                            into: dRow)
                    }
                }
            }
        }
    }

    /// The divergence of normal distributions from the standard one.
    ///
    ///     moments = (μ, log σ²),  output = −s ½ Σ (1 + log σ² − μ² − σ²)
    ///
    /// Reference: Kingma & Welling, "Auto-Encoding Variational Bayes", ICLR 2014, appendix B.
    ///
    /// - Parameters:
    ///   - moments: `[rows × 2 size]`
    ///   - scale: s, such as 1 / batch size
    /// - Returns: a scalar
    package func divergenceFromStandardNormal(moments: Variable, scale: Scalar) -> Variable {
        let (rows, width) = (self[moments].rowCount, self[moments].columnCount)
        precondition(width % 2 == 0, "moments \(self[moments].shape) are not pairs")
        let sum = self[moments].withElements { moments in
            (0..<rows).reduce(into: Scalar(0)) {
                $0 += Scalar.divergence(moments: moments.row($1, of: width))
            }
        }
        return record(Tensor(scalar: scale * sum), from: [moments]) { tape, dOutput in
            tape.addGradient(to: moments) { dMoments in
                tape[moments].withElements { moments in
                    for (row, dRow) in dMoments.rows(of: width).enumerated() {
                        Scalar.addDivergenceGradient(
                            moments: moments.row(row, of: width), times: scale * dOutput.scalar,
                            into: dRow)
                    }
                }
            }
        }
    }
}
