/// A sparse matrix by rows (CSR): what a batch of multi-hot histories is.
///
/// Row `r` holds `weights[k]` in column `columns[k]` for each k in `offsets[r]..<offsets[r + 1]`.
package struct SparseRows<Scalar: TensorScalar>: Sendable, Equatable {
    package let columnCount: Int
    package private(set) var offsets: [Int] = [0]
    package private(set) var columns: [Int32] = []
    package private(set) var weights: [Scalar] = []

    package init(columnCount: Int) {
        self.columnCount = columnCount
    }

    package var rowCount: Int { offsets.count - 1 }

    /// Adds a row at the end, with the same weight in each of the columns.
    ///
    /// - Precondition: the columns are in `0..<columnCount`.
    package mutating func appendRow(_ columns: [Int32], weight: Scalar) {
        appendRow(columns, weights: [Scalar](repeating: weight, count: columns.count))
    }

    /// Adds a row at the end, with a weight for each of the columns.
    ///
    /// - Precondition: the columns are in `0..<columnCount`.
    package mutating func appendRow(_ columns: [Int32], weights: [Scalar]) {
        precondition(
            weights.count == columns.count, "\(weights.count) weights, \(columns.count) columns")
        for column in columns {
            precondition(
                column >= 0 && column < columnCount, "column \(column) of \(columnCount)")
        }
        self.columns += columns
        self.weights += weights
        offsets.append(self.columns.count)
    }
}
