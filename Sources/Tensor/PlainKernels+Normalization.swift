extension PlainKernels {
    /// Each row with mean 0 and variance 1, times the gain, plus the bias.
    package static func layerNorm(
        _ x: Input, gain: Input, bias: Input, into out: Output
    ) {
        forEachRow(x, width: gain.count) { start, row in
            let (mean, scale) = moments(row)
            for i in row.indices { out[start + i] = (row[i] - mean) * scale * gain[i] + bias[i] }
        }
    }

    /// dx += scale (dy g − mean(dy g) − x̂ mean(dy g x̂)),  dg += Σ dy x̂,  db += Σ dy
    package static func addLayerNormGradient(
        _ x: Input, gain: Input, dOutput: Input, into dInput: Output, dGain: Output, dBias: Output
    ) {
        let width = Scalar(gain.count)
        forEachRow(x, width: gain.count) { start, row in
            let (mean, scale) = moments(row)
            let normal = row.map { ($0 - mean) * scale }
            let dNormal = row.indices.map { dOutput[start + $0] * gain[$0] }
            let sum = dNormal.reduce(0, +) / width
            let product = zip(dNormal, normal).reduce(0) { $0 + $1.0 * $1.1 } / width
            for i in row.indices {
                dInput[start + i] += scale * (dNormal[i] - sum - normal[i] * product)
                dGain[i] += dOutput[start + i] * normal[i]
                dBias[i] += dOutput[start + i]
            }
        }
    }

    /// Each row divided by its length.
    package static func unitRows(_ x: Input, width: Int, into out: Output) {
        forEachRow(x, width: width) { start, row in
            let scale = 1 / (row.reduce(0) { $0 + $1 * $1 } + normEpsilon).squareRoot()
            for i in row.indices { out[start + i] = row[i] * scale }
        }
    }

    /// dx += (dy − y (y · dy)) / |x|
    package static func addUnitRowsGradient(
        _ x: Input, width: Int, dOutput: Input, into dInput: Output
    ) {
        forEachRow(x, width: width) { start, row in
            let scale = 1 / (row.reduce(0) { $0 + $1 * $1 } + normEpsilon).squareRoot()
            let along = row.indices.reduce(0) { $0 + row[$1] * dOutput[start + $1] } * scale * scale
            for i in row.indices {
                dInput[start + i] += scale * (dOutput[start + i] - row[i] * along)
            }
        }
    }

    /// Keeps the roots away from 0.
    static var layerNormEpsilon: Scalar { 1e-5 }
    static var normEpsilon: Scalar { 1e-12 }

    private static func moments(_ row: Input) -> (mean: Scalar, scale: Scalar) {
        let width = Scalar(row.count)
        let mean = row.reduce(0, +) / width
        let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / width
        return (mean, 1 / (variance + layerNormEpsilon).squareRoot())
    }

    private static func forEachRow(_ x: Input, width: Int, _ body: (Int, Input) -> Void) {
        guard width > 0 else { return }
        for start in stride(from: 0, to: x.count, by: width) {
            body(start, Input(rebasing: x[start..<start + width]))
        }
    }
}
