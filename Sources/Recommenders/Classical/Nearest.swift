/// The best few of many, kept in order while they come.
struct Nearest {
    private let limit: Int
    /// Best first; of equal ones the one that came first.
    private(set) var elements: [SparseMatrix.Element] = []

    /// - Parameter limit: How many are kept, 1 or more.
    init(limit: Int) {
        precondition(limit > 0, "the \(limit) nearest")
        self.limit = limit
        elements.reserveCapacity(limit + 1)
    }

    /// - Complexity: O(1) for what isn't among the best so far, O(limit) for what is.
    mutating func offer(_ column: Int32, _ weight: Float) {
        if elements.count == limit {
            if weight <= elements[limit - 1].weight { return }
            elements.removeLast()
        }
        var (place, end) = (0, elements.count)  // the first place with a lower weight
        while place < end {
            let middle = (place + end) / 2
            if elements[middle].weight < weight { end = middle } else { place = middle + 1 }
        }
        elements.insert((column, weight), at: place)
    }
}
