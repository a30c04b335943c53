import Events
import Support

/// A log as it was when a share of its events had come: fewer users, and the items of that time on
/// a numbering of their own.
package struct TemporalCut: Sendable {
    /// Users with at least one event, in their order; items numbered as in `items`.
    package let histories: [[Interaction<ItemIndex>]]
    /// The whole log's row of each item, ascending.
    package let items: [ItemIndex]

    /// Cuts before the event at the share's place in time; events of its very time are left out.
    ///
    /// - Parameters:
    ///   - histories: One a user, oldest event first.
    ///   - share: Of all events, in 0...1.
    package init(_ histories: [[Interaction<ItemIndex>]], share: Double) {
        precondition((0...1).contains(share), "a cut at \(share) is outside of the log")
        let times = histories.joined().map(\.time).sorted()
        let place = Int(Double(times.count) * share)
        let end = place < times.count ? times[place] : nil
        let earlier = histories.map { history in
            Array(history.prefix { event in end.map { event.time < $0 } ?? true })
        }.filter { !$0.isEmpty }
        items = Set(earlier.joined().map(\.item)).sorted()
        let rows = Dictionary(
            uniqueKeysWithValues: items.enumerated().map { ($1, ItemIndex($0)) })
        self.histories = earlier.map { history in
            history.compactMap { event in rows[event.item].map(event.withItem) }
        }
    }

    package var eventCount: Int { histories.reduce(0) { $0 + $1.count } }
}
