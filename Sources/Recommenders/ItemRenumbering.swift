import Events
import Support

/// From one numbering of the items to a model's own: what lets models that were trained on
/// different catalogues be compared and combined.
package struct ItemRenumbering: Sendable {
    /// The model's row of each of our rows, −1 for an item that it doesn't know, `[our items]`.
    package private(set) var innerRows: [Int32]

    /// - Parameters:
    ///   - innerItems: The model's, in the order of its rows.
    ///   - items: Ours, in the order of our rows.
    package init<ID: Hashable>(of items: [ID], in innerItems: [ID]) {
        innerRows = WarmStart.rows(of: items, in: innerItems)
    }

    /// Both number alike.
    package init(itemCount: Int) {
        innerRows = (0..<Int32(itemCount)).map { $0 }
    }

    /// With more items of ours behind the others, which the model doesn't know.
    func adding(unknown count: Int) -> ItemRenumbering {
        var longer = self
        longer.innerRows += Array(repeating: -1, count: count)
        return longer
    }

    /// With more items of ours behind the others, which are the model's from a row on.
    func adding(known count: Int, from firstRow: Int) -> ItemRenumbering {
        var longer = self
        longer.innerRows += (firstRow..<firstRow + count).map { Int32($0) }
        return longer
    }

    /// How many items we have.
    package var itemCount: Int { innerRows.count }

    /// The history as the model reads it: without what it doesn't know.
    package func history(_ history: History) -> History {
        var known = history
        known.interactions = history.interactions.compactMap { interaction in
            let row = innerRows[interaction.item.row]
            return row < 0 ? nil : interaction.withItem(ItemIndex(row))
        }
        return known
    }

    /// The model's scores in our order.
    ///
    /// - Parameters:
    ///   - innerScores: Of one history, `[model's items]`.
    ///   - missing: The score of an item that the model doesn't know.
    /// - Returns: `[our items]`.
    package func scores(_ innerScores: ArraySlice<Float>, missing: Float) -> [Float] {
        let first = innerScores.startIndex
        return innerRows.map { $0 < 0 ? missing : innerScores[first + Int($0)] }
    }
}
