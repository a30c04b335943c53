extension Tape {
    /// Running sums of rows, several beside each other, each with factors of its own.
    ///
    ///     output[r, k] = keep[r, k] · output[r − 1, k] + take[r, k] · input[r]
    ///
    /// With `keep` 0 in its first row a sequence begins anew, so that sequences may lie one after
    /// the other. With factors that don't depend on the row these are exponential moving sums.
    ///
    /// Reference: a linear recurrence, such as in Martin & Cundy, "Parallelizing Linear Recurrent
    /// Neural Nets Over Sequence Length", ICLR 2018, equation 1, with given factors.
    ///
    /// - Parameters:
    ///   - input: `[rows × width]`
    ///   - keep: `[rows × pools]`, row-major
    ///   - take: `[rows × pools]`, row-major
    /// - Returns: `[rows × (pools · width)]`
    package func recurrence(_ input: Variable, keep: [Scalar], take: [Scalar]) -> Variable {
        let (rows, width) = (self[input].rowCount, self[input].columnCount)
        let pools = rows == 0 ? 0 : keep.count / rows
        precondition(
            keep.count == rows * pools && take.count == keep.count,
            "\(keep.count) and \(take.count) factors for \(rows) rows")
        let output = makeTensor([rows, pools * width]) { output in
            self[input].withElements { x in
                withFactors(keep, take) {
                    Scalar.recurrence(x, keep: $0, take: $1, rowCount: rows, into: output)
                }
            }
        }
        return record(output, from: [input]) { tape, dOutput in
            tape.addGradient(to: input) { dInput in
                dOutput.withElements { dOutput in
                    withFactors(keep, take) {
                        Scalar.addRecurrenceGradient(
                            keep: $0, take: $1, rowCount: rows, dOutput: dOutput, into: dInput)
                    }
                }
            }
        }
    }
}

private func withFactors<Scalar>(
    _ keep: [Scalar], _ take: [Scalar],
    _ body: (UnsafeBufferPointer<Scalar>, UnsafeBufferPointer<Scalar>) -> Void
) {
    keep.withUnsafeBufferPointer { keep in
        take.withUnsafeBufferPointer { take in body(keep, take) }
    }
}
