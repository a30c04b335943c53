extension PlainKernels {
    /// out[r, k] = keep[r, k] · out[r − 1, k] + take[r, k] · x[r], with nothing before row 0.
    package static func recurrence(
        _ x: Input, keep: Input, take: Input, rowCount: Int, into out: Output
    ) {
        guard rowCount > 0 else { return }
        let (width, pools) = (x.count / rowCount, keep.count / rowCount)
        for (place, factors) in zip(keep, take).enumerated() {
            let row = place / pools
            for i in 0..<width {
                let before = row == 0 ? 0 : out[(place - pools) * width + i]
                out[place * width + i] = factors.0 * before + factors.1 * x[row * width + i]
            }
        }
    }

    /// carry[k] = dOut[r, k] + keep[r + 1, k] · carry[k],  dx[r] += Σ_k take[r, k] · carry[k],
    /// from the last row to the first.
    package static func addRecurrenceGradient(
        keep: Input, take: Input, rowCount: Int, dOutput: Input, into dInput: Output
    ) {
        guard rowCount > 0 else { return }
        let (width, pools) = (dInput.count / rowCount, keep.count / rowCount)
        var carried = [Scalar](repeating: 0, count: pools * width)
        for place in keep.indices.reversed() {
            let (row, pool) = (place / pools, place % pools)
            let kept = row + 1 < rowCount ? keep[place + pools] : 0
            for i in 0..<width {
                let carry = dOutput[place * width + i] + kept * carried[pool * width + i]
                carried[pool * width + i] = carry
                dInput[row * width + i] += take[place] * carry
            }
        }
    }
}
