import Events
import Support

/// An event of the log with everything that the client sent, for listings and exports.
package struct EventRecord: Sendable, Equatable {
    package let sequence: EventSequence
    /// Its `time` is never nil.
    package let event: Event
    package let time: Timestamp
}

/// An event of the log as training reads it.
package struct LoggedEvent: Sendable, Equatable {
    package let sequence: EventSequence
    package let user: UserKey
    package let interaction: Interaction<ItemKey>
}

/// A user's newest events, oldest first: ordered by (time, sequence), since imports do not arrive
/// in order.
package struct UserHistory: Sendable, Equatable {
    package let user: UserKey
    package let interactions: [Interaction<ItemKey>]
    /// The last event of the user in the whole log, nil without any.
    package let lastSequence: EventSequence?
    package var attributes = UserAttributes.none
    /// Of the attributes as they are stored.
    package var attributeBytes = 0
}

package struct StoreStatistics: Sendable, Equatable {
    package let events: Int
    /// Beside those: events that are only counts by now.
    package let foldedEvents: Int
    package let users: Int
    package let items: Int
    package let lastSequence: EventSequence
}

package struct ItemPopularity: Sendable, Equatable {
    package let item: ItemKey
    /// How many positive events, and their decayed sum.
    package let count: DecayedCount
    /// The decayed sum, at the time of the newest event of the log.
    package let score: Double
}
