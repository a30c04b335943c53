extension Tape {
    /// A linear layer without bias, softmax and cross-entropy in one: which item comes next.
    ///
    ///     logits = c hidden tableᵀ
    ///     loss   = −s Σ_r w_r log softmax(logits[r])[targets[r]]
    ///
    /// The logits of a large catalogue would be the largest thing in a training step. Here they
    /// exist for a block of rows at a time, while the loss and the derivatives by both inputs are
    /// made of it: 4 MiB, which stay in the cache, up to 16,384 items, and 64 rows beyond.
    ///
    /// Reference: the loss: Klenitskiy & Vasilev, "Turning Dross Into Gold Loss", RecSys 2023;
    /// derivatives in the forward pass: Hsu et al., "Liger Kernel", 2024, section 3.2.
    ///
    /// - Parameters:
    ///   - hidden: `[rows × width]`
    ///   - table: `[items × width]`
    ///   - targets: `[rows]`, in `0..<items`
    ///   - weights: w, `[rows]`; empty for 1
    ///   - logitScale: c, the inverse of a temperature
    ///   - scale: s, such as 1 / rows of the batch
    /// - Returns: a scalar
    package func softmaxCrossEntropy(
        hidden: Variable, table: Variable, targets: [Int32], weights: [Scalar] = [],
        logitScale: Scalar = 1, scale: Scalar
    ) -> Variable {
        let items = self[table].rowCount
        precondition(targets.count == self[hidden].rowCount, "\(targets.count) targets")
        precondition(
            weights.isEmpty || weights.count == targets.count,
            "\(weights.count) weights of \(targets.count) rows")
        precondition(targets.allSatisfy { 0 <= $0 && $0 < items }, "targets beyond \(items) items")
        let (loss, dHidden, dTable) = logitBlocks(
            hidden, table, logitScale: logitScale, scale: scale
        ) { row, logits in
            let target = Int(targets[row])
            let targetLogit = logits[target]
            let loss = Scalar.softmax(logits) - targetLogit
            logits[target] -= 1
            guard !weights.isEmpty, weights[row] != 1 else { return loss }
            Scalar.axpy(weights[row] - 1, UnsafeBufferPointer(logits), into: logits)  // · w
            return weights[row] * loss
        }
        return recordLoss(loss, gradients: [(hidden, dHidden), (table, dTable)])
    }

    /// The same with negatives that were drawn for the whole batch in place of the catalogue.
    ///
    ///     loss = −s Σ_r w_r log(e^t / (e^t + v Σ_n e^logits[r, n])),   t = c hidden[r] · targets[r]
    ///
    /// A negative that is the row's own target doesn't count. With v = items / negatives of a
    /// uniform draw the sum stands for the one over the catalogue.
    ///
    /// Reference: Bengio & Senécal, "Quick Training of Probabilistic Neural Nets by Importance
    /// Sampling", AISTATS 2003; many shared negatives: Klenitskiy & Vasilev, RecSys 2023.
    ///
    /// - Parameters:
    ///   - hidden: `[rows × width]`
    ///   - negatives: `[count × width]`
    ///   - targets: `[rows × width]`
    ///   - collisions: `[rows]`: which negative is the row's target, −1 for none.
    ///   - weights: w, `[rows]`; empty for 1
    ///   - negativeWeight: v
    /// - Returns: a scalar
    package func sampledSoftmaxCrossEntropy(
        hidden: Variable, negatives: Variable, targets: Variable, collisions: [Int32],
        weights: [Scalar] = [], negativeWeight: Scalar, logitScale: Scalar = 1, scale: Scalar
    ) -> Variable {
        precondition(
            self[targets].shape == self[hidden].shape && collisions.count == self[hidden].rowCount,
            "targets \(self[targets].shape) of \(self[hidden].shape)")
        precondition(
            weights.isEmpty || weights.count == collisions.count,
            "\(weights.count) weights of \(collisions.count) rows")
        let targetLogits = rowProducts(hidden, targets, times: logitScale)  // [rows]
        let shift = Scalar.log(negativeWeight)
        var dTargetLogits = [Scalar](repeating: 0, count: collisions.count)
        var (loss, dHidden, dNegatives) = logitBlocks(
            hidden, negatives, logitScale: logitScale, scale: scale
        ) { row, logits in
            if collisions[row] >= 0 { logits[Int(collisions[row])] = -.greatestFiniteMagnitude }
            let margin = Scalar.softmax(logits) + shift - targetLogits[row]
            // The share of the negatives in the whole sum, σ(margin).
            let share = 1 / (1 + Scalar.exp(-margin))
            let weight = weights.isEmpty ? 1 : weights[row]
            Scalar.axpy(weight * share - 1, UnsafeBufferPointer(logits), into: logits)  // · w share
            dTargetLogits[row] = -weight * share * logitScale * scale
            return weight
                * (margin > 0
                    ? margin + Scalar.log(1 + Scalar.exp(-margin))
                    : Scalar.log(1 + Scalar.exp(margin)))
        }
        addRows(of: targets, times: dTargetLogits, to: &dHidden)
        var dTargets = makeTensor(self[targets].shape) { $0.setToZero() }
        addRows(of: hidden, times: dTargetLogits, to: &dTargets)
        return recordLoss(
            loss, gradients: [(hidden, dHidden), (negatives, dNegatives), (targets, dTargets)])
    }

    /// How many logits a block holds: 4 MiB of Float32, measured to be the fastest; a large
    /// catalogue gets no fewer than the rows that keep the matrix product busy.
    private static var blockLogits: Int { 1 << 20 }
    private static var minimumBlockRows: Int { 64 }

    /// The rows of a block.
    static func logitBlockRows(items: Int) -> Int {
        max(minimumBlockRows, blockLogits / max(items, 1))
    }

    /// Computes logits block by block and lets `rowLoss` put the derivative in their place.
    ///
    /// - Parameter rowLoss: Gets a row's number and logits; returns its loss.
    /// - Returns: The loss times the scale, and its derivatives.
    private func logitBlocks(
        _ hidden: Variable, _ table: Variable, logitScale: Scalar, scale: Scalar,
        rowLoss: (Int, UnsafeMutableBufferPointer<Scalar>) -> Scalar
    ) -> (loss: Scalar, dHidden: Tensor<Scalar>, dTable: Tensor<Scalar>) {
        let (rows, width) = (self[hidden].rowCount, self[hidden].columnCount)
        let items = self[table].rowCount
        precondition(self[table].columnCount == width, "table \(self[table].shape)")
        let blockRows = min(rows, Self.logitBlockRows(items: items))
        var loss: Scalar = 0
        var dTable = makeTensor([items, width]) { $0.setToZero() }
        var logits = makeTensor([blockRows, items]) { _ in }
        let dHidden = makeTensor([rows, width]) { dHidden in
            for first in stride(from: 0, to: rows, by: max(blockRows, 1)) {
                let count = min(blockRows, rows - first)
                let part = first * width..<(first + count) * width
                logits.elements.withUnsafeMutableBufferPointer { logits in
                    dTable.elements.withUnsafeMutableBufferPointer { dTable in
                        withElements(of: self[hidden], self[table]) { hidden, table in
                            loss += LogitBlock(
                                rows: count, items: items, width: width,
                                hidden: .init(rebasing: hidden[part]), table: table,
                                logits: .init(rebasing: logits[..<(count * items)])
                            ).run(
                                first: first, logitScale: logitScale, scale: scale,
                                dHidden: .init(rebasing: dHidden[part]), dTable: dTable,
                                rowLoss: rowLoss)
                        }
                    }
                }
            }
        }
        recycle(logits)
        return (scale * loss, dHidden, dTable)
    }

    private func recordLoss(
        _ loss: Scalar, gradients: [(variable: Variable, gradient: Tensor<Scalar>)]
    ) -> Variable {
        let kept = gradients.map { keep($0.gradient) }
        return record(Tensor(scalar: loss), from: gradients.map(\.variable)) { tape, dLoss in
            for (input, gradient) in zip(gradients, kept) {
                tape.addGradient(to: input.variable) { dInput in
                    tape[gradient].withElements { Scalar.axpy(dLoss.scalar, $0, into: dInput) }
                }
            }
        }
    }

    /// c x[r] · y[r] for each row.
    private func rowProducts(_ x: Variable, _ y: Variable, times scale: Scalar) -> [Scalar] {
        let width = self[x].columnCount
        let product = MatrixProduct<Scalar>(
            rows: 1, columns: 1, inner: width, transposeB: true, alpha: scale)
        var products = [Scalar](repeating: 0, count: self[x].rowCount)
        products.withUnsafeMutableBufferPointer { products in
            withElements(of: self[x], self[y]) { x, y in
                for row in products.indices {
                    Scalar.multiply(
                        product, x.row(row, of: width), y.row(row, of: width),
                        into: .init(rebasing: products[row..<row + 1]))
                }
            }
        }
        return products
    }

    private func addRows(
        of variable: Variable, times factors: [Scalar], to sum: inout Tensor<Scalar>
    ) {
        let width = self[variable].columnCount
        sum.elements.withUnsafeMutableBufferPointer { sum in
            self[variable].withElements { x in
                for (row, out) in sum.rows(of: width).enumerated() {
                    Scalar.axpy(factors[row], x.row(row, of: width), into: out)
                }
            }
        }
    }
}

/// Some rows of hidden states with their logits.
private struct LogitBlock<Scalar: TensorScalar> {
    let rows: Int
    let items: Int
    let width: Int
    let hidden: UnsafeBufferPointer<Scalar>
    let table: UnsafeBufferPointer<Scalar>
    let logits: UnsafeMutableBufferPointer<Scalar>

    /// dHidden = c s dLogits table,  dTable += c s dLogitsᵀ hidden; returns the sum of row losses.
    func run(
        first: Int, logitScale: Scalar, scale: Scalar,
        dHidden: UnsafeMutableBufferPointer<Scalar>, dTable: UnsafeMutableBufferPointer<Scalar>,
        rowLoss: (Int, UnsafeMutableBufferPointer<Scalar>) -> Scalar
    ) -> Scalar {
        Scalar.multiply(
            MatrixProduct(
                rows: rows, columns: items, inner: width, transposeB: true, alpha: logitScale),
            hidden, table, into: logits)
        var loss: Scalar = 0
        for place in 0..<rows {
            let row = place * items..<(place + 1) * items
            loss += rowLoss(first + place, UnsafeMutableBufferPointer(rebasing: logits[row]))
        }
        let dLogits = UnsafeBufferPointer(logits)
        Scalar.multiply(
            MatrixProduct(rows: rows, columns: width, inner: items, alpha: logitScale * scale),
            dLogits, table, into: dHidden)
        Scalar.multiply(
            MatrixProduct(
                rows: items, columns: width, inner: rows, transposeA: true,
                alpha: logitScale * scale, beta: 1), dLogits, hidden, into: dTable)
        return loss
    }
}
