import Events

extension Recommender {
    /// The scores of histories that are each summed up in a row of their own.
    ///
    /// - Parameter fill: Adds a history's scores to its row, `[itemCount]`, which is zero.
    /// - Returns: `[histories.count × itemCount]`.
    func scores(
        rows histories: [History],
        _ fill: (History, UnsafeMutableBufferPointer<Float>) -> Void
    ) -> [Float] {
        let itemCount = itemCount
        var scores = [Float](repeating: 0, count: histories.count * itemCount)
        scores.withUnsafeMutableBufferPointer { scores in
            for (row, history) in histories.enumerated() {
                let range = row * itemCount..<(row + 1) * itemCount
                fill(history, UnsafeMutableBufferPointer(rebasing: scores[range]))
            }
        }
        return scores
    }
}
