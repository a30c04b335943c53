extension Tape {
    /// A linear layer on sparse input: each row of the output is a weighted sum of table rows.
    ///
    ///     output[r] = Σ_k weights[k] · table[columns[k]]
    ///
    /// Equals the dense product `bags · table` at the cost of the entries alone. The gradient of
    /// the table is dense: Adam moves every row in every step, touched or not.
    ///
    /// - Parameters:
    ///   - bags: `[rows × tableRows]`, sparse
    ///   - table: `[tableRows × width]`
    /// - Returns: `[rows × width]`
    /// - Complexity: O(entries · width)
    package func embeddingBag(_ bags: SparseRows<Scalar>, table: Variable) -> Variable {
        let width = self[table].columnCount
        precondition(
            bags.columnCount == self[table].rowCount,
            "bags of \(bags.columnCount) columns on a table \(self[table].shape)")

        let output = makeTensor([bags.rowCount, width]) { output in
            self[table].withElements { table in
                bags.forEachRow { row, columns, weights in
                    let sum = UnsafeMutableBufferPointer(
                        rebasing: output[row * width..<(row + 1) * width])
                    Scalar.gatherRows(columns, weights: weights, of: table, into: sum)
                }
            }
        }
        return record(output, from: [table]) { tape, dOutput in
            tape.addGradient(to: table) { dTable in
                dOutput.withElements { dOutput in
                    bags.forEachRow { row, columns, weights in
                        let dRow = UnsafeBufferPointer(
                            rebasing: dOutput[row * width..<(row + 1) * width])
                        Scalar.scatterRows(columns, weights: weights, dRow, into: dTable)
                    }
                }
            }
        }
    }
}

extension SparseRows {
    /// Calls `body` with each row's number, columns and weights.
    func forEachRow(
        _ body: (Int, UnsafeBufferPointer<Int32>, UnsafeBufferPointer<Scalar>) -> Void
    ) {
        columns.withUnsafeBufferPointer { columns in
            weights.withUnsafeBufferPointer { weights in
                for row in 0..<rowCount {
                    let range = offsets[row]..<offsets[row + 1]
                    body(
                        row, UnsafeBufferPointer(rebasing: columns[range]),
                        UnsafeBufferPointer(rebasing: weights[range]))
                }
            }
        }
    }
}
