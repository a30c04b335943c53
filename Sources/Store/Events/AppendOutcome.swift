import Events
import Support

/// An event as it stands in the log, read through the configured meanings.
package struct StoredEvent: Sendable, Equatable {
    package let sequence: EventSequence
    package let user: UserKey
    package let userID: UserID
    package let item: ItemKey
    package let interaction: Interaction<ItemKey>

    package init(
        sequence: EventSequence, user: UserKey, userID: UserID, item: ItemKey,
        interaction: Interaction<ItemKey>
    ) {
        self.sequence = sequence
        self.user = user
        self.userID = userID
        self.item = item
        self.interaction = interaction
    }
}

/// What became of one event that was to be appended.
package enum EventVerdict: Sendable, Equatable {
    case accepted(StoredEvent)
    /// The same id with the same fields: where it is in the log, or was before it was erased.
    case duplicate(EventSequence)
    /// The same id with other fields.
    case conflict
    /// No event can be like this.
    case invalid(RuleViolation)

    package static let conflictReason = "id was used before for an event with other fields"
}

package struct AppendOutcome: Sendable, Equatable {
    /// One for each event, in their order.
    package let verdicts: [EventVerdict]
    /// The last sequence number of the whole log.
    package let lastSequence: EventSequence
}
