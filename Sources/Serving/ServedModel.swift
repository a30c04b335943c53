import Events
import Recommenders
import Store
import Support
import Synchronization

/// One version of one model, ready to answer: immutable, shared by every request that took it.
package final class ServedModel: Sendable {
    /// Tells one load of a version from another: the catalogue has changed in between, and with it
    /// which events the model reads. Items that are added to a load leave its identity as it is.
    struct Identity: Hashable, Sendable {
        private static let last = Atomic<Int>(0)
        private let number = last.wrappingAdd(1, ordering: .relaxed).newValue
    }

    package let name: String
    package let version: Int
    package let recommender: any Recommender
    /// The recommender as it was trained, without the items that were added.
    let trained: any Recommender
    /// The recommender, where it is one whose encodings can be kept.
    let encoder: (any EncodingRecommender)?
    let identity: Identity
    /// The item of each row; nil for one that the catalogue no longer has.
    package let items: [ItemKey?]
    /// What was measured of it when it was trained, as its checkpoint's row has it.
    package let metrics: [String: Double]
    private let rows: [Int32]

    private static let noRow: Int32 = -1

    package convenience init(
        name: String, version: Int, recommender: any Recommender, items: [ItemKey?],
        metrics: [String: Double] = [:]
    ) {
        self.init(
            name: name, version: version, recommender: recommender, trained: recommender,
            items: items, metrics: metrics, identity: Identity(),
            rows: Self.rows(items, from: 0, in: []))
    }

    private init(
        name: String, version: Int, recommender: any Recommender, trained: any Recommender,
        items: [ItemKey?], metrics: [String: Double], identity: Identity, rows: [Int32]
    ) {
        precondition(
            items.count == recommender.itemCount,
            "\(items.count) items for a model of \(recommender.itemCount)")
        self.name = name
        self.version = version
        self.recommender = recommender
        self.trained = trained
        encoder = recommender as? any EncodingRecommender
        self.identity = identity
        self.items = items
        self.metrics = metrics
        self.rows = rows
    }

    /// The table of rows by key, with those of the items from a row on.
    private static func rows(_ items: [ItemKey?], from first: Int, in known: [Int32]) -> [Int32] {
        var rows = known
        let highest = items[first...].lazy.compactMap { $0?.rawValue }.max() ?? -1
        let missing = Int(highest) + 1 - rows.count
        if missing > 0 { rows += repeatElement(noRow, count: missing) }
        for (row, key) in zip(first..., items[first...]) {
            if let key { rows[Int(key.rawValue)] = Int32(row) }
        }
        return rows
    }

    package func row(of item: ItemKey) -> ItemIndex? {
        let key = Int(item.rawValue)
        guard key < rows.count, rows[key] != Self.noRow else { return nil }
        return ItemIndex(rows[key])
    }

    /// What the model reads: the events on items that it knows.
    package func history(
        of interactions: [Interaction<ItemKey>], now: Timestamp,
        attributes: UserAttributes = .none
    ) -> History {
        var known: [Interaction<ItemIndex>] = []
        known.reserveCapacity(interactions.count)
        for interaction in interactions {
            if let row = row(of: interaction.item) { known.append(interaction.withItem(row)) }
        }
        return History(interactions: known, now: now, attributes: attributes)
    }

    /// The same load with the items that it doesn't have yet, ranked by their contents from now
    /// on. Itself where the model doesn't know items by contents, or has them all.
    ///
    /// - Complexity: Grows with the catalogue: for many items at once, not for one after another.
    func adding(_ contents: [StoredContent]) -> ServedModel {
        guard let recommender = recommender as? any ContentRecommender else { return self }
        var taken: Set<ItemKey> = []
        // Of two contents of one item the later counts.
        let new = contents.reversed().filter {
            row(of: $0.key) == nil && !$0.content.isEmpty && taken.insert($0.key).inserted
        }.reversed()
        guard !new.isEmpty else { return self }
        let all = items + new.map(\.key)
        return ServedModel(
            name: name, version: version, recommender: recommender.adding(new.map(\.content)),
            trained: trained, items: all, metrics: metrics, identity: identity,
            rows: Self.rows(all, from: items.count, in: rows))
    }
}
