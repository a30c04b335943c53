import Tensor

extension SparseRows {
    /// Multi-hot rows of length 1: what models of sets read of histories.
    init(normalizing histories: [[Int32]], columnCount: Int) {
        self.init(columnCount: columnCount)
        for items in histories {
            appendRow(items, weight: 1 / Scalar(max(1, items.count)).squareRoot())
        }
    }
}
