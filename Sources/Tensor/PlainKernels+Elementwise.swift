extension PlainKernels {
    /// The first place whose number is above the bound; `x.count` where there is none.
    package static func firstIndex(above bound: Scalar, in x: Input) -> Int {
        x.firstIndex { $0 > bound } ?? x.count
    }

    /// y = f(x), elementwise.
    package static func activate(_ activation: Activation, _ x: Input, into y: Output) {
        switch activation {
        case .tanh: for i in x.indices { y[i] = Scalar.tanh(x[i]) }
        case .relu: for i in x.indices { y[i] = max(0, x[i]) }
        case .gelu: for i in x.indices { y[i] = x[i] / 2 * (1 + geluTanh(x[i])) }
        case .sigmoid: for i in x.indices { y[i] = 1 / (1 + Scalar.exp(-x[i])) }
        case .silu: for i in x.indices { y[i] = x[i] / (1 + Scalar.exp(-x[i])) }
        }
    }

    /// dx += dy · f′(x), where y = f(x) is at hand.
    package static func addActivationGradient(
        _ activation: Activation, x: Input, y: Input, dOutput: Input, into dInput: Output
    ) {
        switch activation {
        case .tanh: for i in x.indices { dInput[i] += dOutput[i] * (1 - y[i] * y[i]) }
        case .relu: for i in x.indices where x[i] > 0 { dInput[i] += dOutput[i] }
        case .gelu: for i in x.indices { dInput[i] += dOutput[i] * geluDerivative(x[i]) }
        case .sigmoid: for i in x.indices { dInput[i] += dOutput[i] * y[i] * (1 - y[i]) }
        case .silu: for i in x.indices { dInput[i] += dOutput[i] * siluDerivative(x[i]) }
        }
    }

    /// σ(x) (1 + x (1 − σ(x)))
    static func siluDerivative(_ x: Scalar) -> Scalar {
        let sigmoid = 1 / (1 + Scalar.exp(-x))
        return sigmoid * (1 + x * (1 - sigmoid))
    }

    private static var geluScale: Scalar { 0.797_884_560_802_865_4 }  // √(2 / π)
    private static var geluCubic: Scalar { 0.044_715 }

    private static func geluTanh(_ x: Scalar) -> Scalar {
        Scalar.tanh(geluScale * (x + geluCubic * x * x * x))
    }

    private static func geluDerivative(_ x: Scalar) -> Scalar {
        let t = geluTanh(x)
        return (1 + t) / 2 + x / 2 * (1 - t * t) * geluScale * (1 + 3 * geluCubic * x * x)
    }

    /// One row: z = μ + e^(logσ² / 2) · ε, with the moments (μ, logσ²) one after the other.
    package static func sampleGaussian(moments: Input, noise: Input, into sample: Output) {
        let size = noise.count
        for i in noise.indices {
            sample[i] = moments[i] + Scalar.exp(moments[size + i] / 2) * noise[i]
        }
    }

    /// dμ += dz,  dlogσ² += dz · e^(logσ² / 2) · ε / 2
    package static func addGaussianGradient(
        moments: Input, noise: Input, dSample: Input, into dMoments: Output
    ) {
        let size = noise.count
        for i in noise.indices {
            dMoments[i] += dSample[i]
            dMoments[size + i] +=
                dSample[i] * Scalar.exp(moments[size + i] / 2) * noise[i] / 2
        }
    }

    /// One row: KL(N(μ, σ²) ‖ N(0, 1)) = −½ Σ (1 + logσ² − μ² − σ²)
    package static func divergence(moments: Input) -> Scalar {
        let size = moments.count / 2
        var sum: Scalar = 0
        for i in 0..<size {
            let (mean, logVariance) = (moments[i], moments[size + i])
            sum += 1 + logVariance - mean * mean - Scalar.exp(logVariance)
        }
        return -sum / 2
    }

    /// dμ += s μ,  dlogσ² += s (σ² − 1) / 2
    package static func addDivergenceGradient(
        moments: Input, times scale: Scalar, into dMoments: Output
    ) {
        let size = moments.count / 2
        for i in 0..<size {
            dMoments[i] += scale * moments[i]
            dMoments[size + i] += scale * (Scalar.exp(moments[size + i]) - 1) / 2
        }
    }

    /// One row: Σ (log N(z; μ, σ²) − log p(z)) at z = μ + σ ε, where p is the mixture. Its
    /// derivative by z through p alone, times the scale, is written to dz.
    package static func mixtureDivergence(
        _ mixture: GaussianMixture, sample: Input, moments: Input, noise: Input, previous: Input,
        times scale: Scalar, dSample: Output
    ) -> Scalar {
        let size = sample.count
        // Both densities without their factor 1 / √2π.
        var sum: Scalar = 0
        for j in 0..<size {
            let z = sample[j]
            let parts = [
                (Scalar(mixture.logStandardWeight), Scalar(0), Scalar(0)),
                (Scalar(mixture.logGivenWeight), previous[j], previous[size + j]),
                (Scalar(mixture.logWideWeight), Scalar(0), Scalar(mixture.wideLogVariance)),
            ]
            let logs = parts.map { logWeight, mean, logVariance in
                logWeight - (logVariance + (z - mean) * (z - mean) * Scalar.exp(-logVariance)) / 2
            }
            let largest = logs.max() ?? 0
            let shares = logs.map { Scalar.exp($0 - largest) }
            let whole = shares.reduce(0, +)
            sum -= (moments[size + j] + noise[j] * noise[j]) / 2 + largest + Scalar.log(whole)
            dSample[j] = 0
            for (share, part) in zip(shares, parts) {
                dSample[j] += scale * share / whole * (z - part.1) * Scalar.exp(-part.2)
            }
        }
        return sum
    }
}
