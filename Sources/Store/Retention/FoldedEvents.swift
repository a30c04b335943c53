import Events
import Support

/// The events of one type of one user on one item that are no rows of their own any more.
package struct FoldedEvents: Sendable, Equatable {
    package let item: ItemID
    package let type: String
    package let count: Int
    package let firstTime: Timestamp
    package let lastTime: Timestamp
    /// Of the event at the last time.
    package let lastValue: Double?
}

/// Where a listing of folded events goes on.
package struct FoldedPlace: Sendable, Hashable {
    package let user: UserKey
    package let item: ItemKey
    package let type: EventTypeKey

    package init(user: UserKey, item: ItemKey, type: EventTypeKey) {
        self.user = user
        self.item = item
        self.type = type
    }
}
