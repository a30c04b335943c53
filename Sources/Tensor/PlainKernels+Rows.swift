extension PlainKernels {
    /// out[r] = s · table[rows[r]]
    ///
    /// - Precondition: the rows are in `0..<rowCount`.
    package static func pickRows(
        _ rows: UnsafeBufferPointer<Int32>, of table: Input, rowCount: Int, times scale: Scalar,
        into out: Output
    ) {
        checkRows(rows, rowCount)
        let width = rowCount == 0 ? 0 : table.count / rowCount
        for (place, row) in rows.enumerated() {
            for i in 0..<width {
                out[place * width + i] = scale * table[Int(row) * width + i]
            }
        }
    }

    /// table[rows[r]] += s · x[r], for each r in order.
    ///
    /// - Precondition: the rows are in `0..<rowCount`.
    package static func addToRows(
        _ rows: UnsafeBufferPointer<Int32>, of table: Output, rowCount: Int, times scale: Scalar,
        _ x: Input
    ) {
        checkRows(rows, rowCount)
        let width = rowCount == 0 ? 0 : table.count / rowCount
        for (place, row) in rows.enumerated() {
            for i in 0..<width {
                table[Int(row) * width + i] += scale * x[place * width + i]
            }
        }
    }

    static func checkRows(_ rows: UnsafeBufferPointer<Int32>, _ rowCount: Int) {
        for row in rows { precondition(0 <= row && row < rowCount, "row \(row) of \(rowCount)") }
    }
}
