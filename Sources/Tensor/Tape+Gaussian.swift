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
    ///     moments = (μ, log σ²),  output = −Σ_r s_r ½ Σ (1 + log σ² − μ² − σ²)
    ///
    /// Reference: Kingma & Welling, "Auto-Encoding Variational Bayes", ICLR 2014, appendix B.
    ///
    /// - Parameters:
    ///   - moments: `[rows × 2 size]`
    ///   - scales: s, `[rows]`
    /// - Returns: a scalar
    package func divergenceFromStandardNormal(moments: Variable, scales: [Scalar]) -> Variable {
        let (rows, width) = (self[moments].rowCount, self[moments].columnCount)
        precondition(width % 2 == 0, "moments \(self[moments].shape) are not pairs")
        precondition(scales.count == rows, "\(scales.count) scales for \(rows) rows")
        let sum = self[moments].withElements { moments in
            (0..<rows).reduce(into: Scalar(0)) {
                $0 += scales[$1] * Scalar.divergence(moments: moments.row($1, of: width))
            }
        }
        return record(Tensor(scalar: sum), from: [moments]) { tape, dOutput in
            tape.addGradient(to: moments) { dMoments in
                tape[moments].withElements { moments in
                    for (row, dRow) in dMoments.rows(of: width).enumerated() {
                        Scalar.addDivergenceGradient(
                            moments: moments.row(row, of: width),
                            times: scales[row] * dOutput.scalar, into: dRow)
                    }
                }
            }
        }
    }

    /// The divergence of normal distributions from a mixture, estimated at a sample of each.
    ///
    ///     moments = (μ, log σ²),  z = μ + σ ε
    ///     output  = Σ_r s_r Σ_j (log N(z_rj; μ_rj, σ²_rj) − log p(z_rj))
    ///
    /// Reference: Shenbin et al., "RecVAE", WSDM 2020, equations 4 and 8.
    ///
    /// - Parameters:
    ///   - mixture: p, with the given distribution that `previous` has in each dimension
    ///   - sample: z, `[rows × size]`
    ///   - moments: `[rows × 2 size]`
    ///   - noise: ε, `[rows × size]`, what the sample was drawn with
    ///   - previous: moments of the given distribution, `[rows × 2 size]`; not differentiated by
    ///   - scales: s, `[rows]`
    /// - Returns: a scalar
    package func divergenceFromMixture(
        _ mixture: GaussianMixture, sample: Variable, moments: Variable, noise: Tensor<Scalar>,
        previous: Variable, scales: [Scalar]
    ) -> Variable {
        let (rows, size) = (self[sample].rowCount, self[sample].columnCount)
        precondition(noise.shape == [rows, size], "noise \(noise.shape) of \(rows) × \(size)")
        precondition(
            self[moments].shape == [rows, 2 * size] && self[previous].shape == [rows, 2 * size],
            "moments \(self[moments].shape), \(self[previous].shape) of \(rows) × \(size)")
        precondition(scales.count == rows, "\(scales.count) scales for \(rows) rows")
        precondition(!nodes[previous.index].needsGradient, "the previous moments are trained")
        var sum: Scalar = 0
        let dSample = makeTensor([rows, size]) { dSample in
            withElements(of: self[moments], self[previous]) { moments, previous in
                withElements(of: self[sample], noise) { sample, noise in
                    for (row, dRow) in dSample.rows(of: size).enumerated() {
                        sum +=
                            scales[row]
                            * Scalar.mixtureDivergence(
                                mixture, sample: sample.row(row, of: size),
                                moments: moments.row(row, of: 2 * size),
                                noise: noise.row(row, of: size),
                                previous: previous.row(row, of: 2 * size), times: scales[row],
                                dSample: dRow)
                    }
                }
            }
        }
        let kept = keep(dSample)
        return record(Tensor(scalar: sum), from: [sample, moments]) { tape, dOutput in
            tape.addGradient(to: sample) { dInput in
                tape[kept].withElements { Scalar.axpy(dOutput.scalar, $0, into: dInput) }
            }
            // z − μ = σ ε: the density at the sample depends on the moments by −log σ alone.
            tape.addGradient(to: moments) { dMoments in
                for (row, dRow) in dMoments.rows(of: 2 * size).enumerated() {
                    for index in size..<2 * size { dRow[index] -= scales[row] * dOutput.scalar / 2 }
                }
            }
        }
    }
}
