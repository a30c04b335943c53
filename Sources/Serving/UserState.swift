import Events
import Store
import Support

/// What the service knows of one user while it answers: the newest events, oldest first.
package struct UserState: Sendable {
    /// Ordered by (time, sequence).
    package private(set) var interactions: [Interaction<ItemKey>]
    /// The last event that was taken into account.
    package private(set) var watermark: EventSequence?

    package static let unknown = UserState(interactions: [], watermark: nil)

    package init(interactions: [Interaction<ItemKey>], watermark: EventSequence?) {
        self.interactions = interactions
        self.watermark = watermark
    }

    /// Takes one event in, at its place in time. An event that is already in is left alone.
    mutating func apply(_ event: StoredEvent, limit: Int) {
        if let watermark, event.sequence <= watermark { return }
        watermark = event.sequence
        let time = event.interaction.time
        let place = interactions.lastIndex { $0.time <= time }.map { $0 + 1 } ?? 0
        interactions.insert(event.interaction, at: place)
        if interactions.count > limit {
            interactions.removeFirst(interactions.count - limit)
        }
    }
}
