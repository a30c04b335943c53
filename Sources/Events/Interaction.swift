import Support

/// The store's number for an event type.
package struct EventTypeKey: Hashable, Sendable {
    package let rawValue: UInt16

    package init(_ rawValue: UInt16) {
        self.rawValue = rawValue
    }
}

/// One event of one user as a model reads it.
///
/// `Item` is `ItemKey` in the store and in the user state, `ItemIndex` inside a data set or model.
package struct Interaction<Item: Hashable & Sendable>: Hashable, Sendable {
    package var item: Item
    package var type: EventTypeKey
    /// Whether the item is hidden from later answers.
    package var isSeen: Bool
    /// The signed weight that the configuration gives to the type and value.
    package var strength: Float
    /// The event's value, NaN without one.
    package var value: Float
    package var time: Timestamp

    package init(
        item: Item, type: EventTypeKey = EventTypeKey(0), isSeen: Bool = true, strength: Float = 1,
        value: Float = .nan, time: Timestamp
    ) {
        self.item = item
        self.type = type
        self.isSeen = isSeen
        self.strength = strength
        self.value = value
        self.time = time
    }

    /// The same event on another numbering of the items.
    package func withItem<Other>(_ item: Other) -> Interaction<Other> {
        Interaction<Other>(
            item: item, type: type, isSeen: isSeen, strength: strength, value: value, time: time)
    }
}

/// A user's events, oldest first, the moment of the request, and what is known of the user: all
/// that a model reads.
package struct History: Sendable {
    package var interactions: [Interaction<ItemIndex>]
    package var now: Timestamp
    package var attributes: UserAttributes

    package init(
        interactions: [Interaction<ItemIndex>], now: Timestamp, attributes: UserAttributes = .none
    ) {
        self.interactions = interactions
        self.now = now
        self.attributes = attributes
    }
}
