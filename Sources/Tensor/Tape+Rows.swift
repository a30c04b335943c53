extension Tape {
    /// Some rows of a table, each times the scale: an embedding.
    ///
    ///     output[r] = s table[rows[r]]
    ///
    /// - Parameters:
    ///   - rows: in `0..<tableRows`, repeats allowed
    ///   - table: `[tableRows × width]`
    ///   - scale: s
    /// - Returns: `[rows.count × width]`
    package func rows(_ rows: [Int32], of table: Variable, times scale: Scalar = 1) -> Variable {
        let (count, width) = (self[table].rowCount, self[table].columnCount)
        let output = makeTensor([rows.count, width]) { output in
            rows.withUnsafeBufferPointer { rows in
                self[table].withElements { table in
                    Scalar.pickRows(
                        rows, of: table, rowCount: count, times: scale, into: output)
                }
            }
        }
        return record(output, from: [table]) { tape, dOutput in
            tape.addGradient(to: table) { dTable in
                rows.withUnsafeBufferPointer { rows in
                    dOutput.withElements { dOutput in
                        Scalar.addToRows(
                            rows, of: dTable, rowCount: count, times: scale, dOutput)
                    }
                }
            }
        }
    }
}
