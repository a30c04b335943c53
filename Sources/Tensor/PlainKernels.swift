/// The slow plain twin of each kernel: what it computes, in as few lines as can say it.
///
/// Tests hold the fast ones against these; `Double` uses them as they are, save for the matrix
/// product. "add" in a name means that the result is added to what is in the buffer.
package enum PlainKernels<Scalar: TensorScalar> {
    package typealias Input = UnsafeBufferPointer<Scalar>
    package typealias Output = UnsafeMutableBufferPointer<Scalar>

    /// The slow twin of GEMM: three loops.
    package static func multiply(
        _ p: MatrixProduct<Scalar>, _ a: Input, _ b: Input, into c: Output
    ) {
        for row in 0..<p.rows {
            for column in 0..<p.columns {
                var sum: Scalar = 0
                for k in 0..<p.inner {
                    let left = p.transposeA ? a[k * p.rows + row] : a[row * p.inner + k]
                    let right = p.transposeB ? b[column * p.inner + k] : b[k * p.columns + column]
                    sum += left * right
                }
                let index = row * p.columns + column
                // As in BLAS: with beta = 0 what was in C doesn't count, not even NaN.
                c[index] = p.alpha * sum + (p.beta == 0 ? 0 : p.beta * c[index])
            }
        }
    }

    /// y += a x
    package static func axpy(_ a: Scalar, _ x: Input, into y: Output) {
        for i in x.indices { y[i] += a * x[i] }
    }

    /// Adds a row to each row of a matrix.
    package static func addRow(_ row: Input, toRowsOf matrix: Output) {
        for i in matrix.indices { matrix[i] += row[i % row.count] }
    }

    /// Adds the sum of each column of a matrix to a row.
    package static func addColumnSums(
        of matrix: Input, times scale: Scalar, into sums: Output
    ) {
        for i in matrix.indices { sums[i % sums.count] += scale * matrix[i] }
    }

    /// out += x · y, element by element.
    package static func multiplyAdd(_ x: Input, _ y: Input, into out: Output) {
        for i in x.indices { out[i] += x[i] * y[i] }
    }

    /// out = x + y
    package static func add(_ x: Input, _ y: Input, into out: Output) {
        for i in x.indices { out[i] = x[i] + y[i] }
    }

    /// out += x, with the elements that the mask drops at 0 and the others scaled up.
    package static func addDropout(_ mask: DropoutMask, _ x: Input, into out: Output) {
        for i in x.indices { out[i] += x[i] * Scalar(mask.factor(i)) }
    }

    /// softmax(row) in its place; returns log Σ exp(row), −∞ for an empty row.
    package static func softmax(_ row: Output) -> Scalar {
        guard let max = row.max() else { return -.infinity }
        var sum: Scalar = 0
        for i in row.indices {
            row[i] = Scalar.exp(row[i] - max)
            sum += row[i]
        }
        for i in row.indices { row[i] /= sum }
        return max + Scalar.log(sum)
    }

    /// dx += y · (dy − Σ dy · y)
    package static func addSoftmaxGradient(y: Input, dOutput: Input, into dInput: Output) {
        let mean = zip(y, dOutput).reduce(0) { $0 + $1.0 * $1.1 }
        for i in y.indices { dInput[i] += y[i] * (dOutput[i] - mean) }
    }

    /// Returns the loss −Σ w log softmax(logits) over the columns; its derivative by the logits,
    /// softmax(logits) Σ w − w, takes their place.
    package static func multinomial(
        _ logits: Output, columns: UnsafeBufferPointer<Int32>, weights: Input
    ) -> Scalar {
        multinomial(logits, columns: columns, weights: weights, softmax: softmax)
    }

    static func multinomial(
        _ logits: Output, columns: UnsafeBufferPointer<Int32>, weights: Input,
        softmax: (Output) -> Scalar
    ) -> Scalar {
        var weightSum: Scalar = 0
        var weightedLogits: Scalar = 0
        for k in columns.indices {
            weightSum += weights[k]
            weightedLogits += weights[k] * logits[Int(columns[k])]
        }
        let logNormalizer = softmax(logits)
        for i in logits.indices { logits[i] *= weightSum }
        for k in columns.indices { logits[Int(columns[k])] -= weights[k] }
        return weightSum * logNormalizer - weightedLogits
    }

    /// out = Σ weights[k] · table[rows[k]]
    package static func gatherRows(
        _ rows: UnsafeBufferPointer<Int32>, weights: Input, of table: Input, into out: Output
    ) {
        out.update(repeating: 0)
        for k in rows.indices {
            let start = Int(rows[k]) * out.count
            for i in out.indices { out[i] += weights[k] * table[start + i] }
        }
    }

    /// table[rows[k]] += weights[k] · x
    package static func scatterRows(
        _ rows: UnsafeBufferPointer<Int32>, weights: Input, _ x: Input, into table: Output
    ) {
        for k in rows.indices {
            let start = Int(rows[k]) * x.count
            for i in x.indices { table[start + i] += weights[k] * x[i] }
        }
    }

    /// m ← β₁m + (1 − β₁)g,  v ← β₂v + (1 − β₂)g²,  w ← w − α m̂ / (√v̂ + ε); false unless all w
    /// stay finite.
    package static func adam(
        _ step: AdamStep<Scalar>, gradient: Input, mean: Output, variance: Output,
        weights: Output
    ) -> Bool {
        var isFinite = true
        for i in gradient.indices {
            mean[i] = step.beta1 * mean[i] + (1 - step.beta1) * gradient[i]
            variance[i] =
                step.beta2 * variance[i] + (1 - step.beta2) * gradient[i] * gradient[i]
            let correctedMean = mean[i] * step.meanCorrection
            let correctedVariance = variance[i] * step.varianceCorrection
            weights[i] -=
                step.learningRate * correctedMean / (correctedVariance.squareRoot() + step.epsilon)
            isFinite = isFinite && weights[i].isFinite
        }
        return isFinite
    }
}
