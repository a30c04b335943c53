import Events
import Recommenders
import Support

/// What models made of one state of one user, to be used again until that state changes.
package struct KeptEncodings: Sendable {
    private struct Entry {
        let model: ServedModel.Identity
        let modelName: String
        /// Rows of the model when it encoded; more may have been added since.
        let itemCount: Int
        let encoding: HistoryEncoding
        let madeAt: Timestamp
    }

    /// A user is asked about with one or two models; beyond that the oldest goes.
    static let capacity = 4

    private var entries: [Entry] = []

    /// What this very load of a model made of the state, where it would make the same now.
    ///
    /// Items that were added to the model since change nothing, save for a user who had to do with
    /// one of them: the model passed over that event, and reads it now.
    ///
    /// - Parameter interactions: The state's.
    func encoding(
        of interactions: [Interaction<ItemKey>], by model: ServedModel, at now: Timestamp
    ) -> HistoryEncoding? {
        guard let entry = entries.first(where: { $0.model == model.identity }),
            entry.madeAt <= now  // a clock that was set back knows nothing of what is valid
        else { return nil }
        if let end = entry.encoding.validUntil, end <= now { return nil }
        if entry.itemCount < model.items.count,
            interactions.contains(where: { (model.row(of: $0.item)?.row ?? -1) >= entry.itemCount })
        {
            return nil
        }
        return entry.encoding
    }

    /// Puts an encoding in the place of the one that a model of this name made before.
    mutating func keep(_ encoding: HistoryEncoding, by model: ServedModel, at now: Timestamp) {
        entries.removeAll { $0.modelName == model.name }
        if entries.count == Self.capacity { entries.removeFirst() }
        entries.append(
            Entry(
                model: model.identity, modelName: model.name, itemCount: model.items.count,
                encoding: encoding, madeAt: now))
    }

    /// Bytes in memory.
    var size: Int {
        entries.reduce(0) { sum, entry in
            sum + MemoryLayout<Entry>.stride + entry.encoding.values.count
                * MemoryLayout<Float>.size
        }
    }
}
