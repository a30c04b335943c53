extension PlainKernels where Scalar == Float {
    /// out[u · stride + r] = factors[u] scales[r] Σ_i vectors[u, i] table[r, i]
    ///
    /// - Parameters:
    ///   - table: `[rows × width]`
    ///   - vectors: `[users × width]`
    static func byteProducts(
        _ table: [Int8], scales: [Float], vectors: [Int16], factors: [Float], stride: Int,
        into out: inout [Float]
    ) {
        let width = table.count / max(1, scales.count)
        for user in factors.indices {
            for row in scales.indices {
                var sum = 0
                for i in 0..<width {
                    sum += Int(vectors[user * width + i]) * Int(table[row * width + i])
                }
                out[user * stride + row] = factors[user] * scales[row] * Float(sum)
            }
        }
    }
}
