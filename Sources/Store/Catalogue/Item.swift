import Support

/// A catalogue entry.
package struct Item: Sendable, Equatable {
    package var id: ItemID
    /// Whether it may be recommended, within the times below.
    package var isAvailable: Bool
    /// Not before; nil for any time.
    package var availableFrom: Timestamp?
    /// Not from then on; nil for any time.
    package var expiresAt: Timestamp?
    package var categories: [String]
    package var title: String?
    /// A JSON object, as text.
    package var attributes: String?
    package var embedding: [Float]?
    /// Nil in an item to be put: then it stays as it was, or is the time of arrival.
    package var createdAt: Timestamp?

    package init(
        id: ItemID, isAvailable: Bool = true, categories: [String] = [], title: String? = nil,
        attributes: String? = nil, embedding: [Float]? = nil, createdAt: Timestamp? = nil,
        availableFrom: Timestamp? = nil, expiresAt: Timestamp? = nil
    ) {
        self.id = id
        self.isAvailable = isAvailable
        self.categories = categories
        self.title = title
        self.attributes = attributes
        self.embedding = embedding
        self.createdAt = createdAt
        self.availableFrom = availableFrom
        self.expiresAt = expiresAt
    }
}

/// An item in a listing, with its key.
package struct StoredItem: Sendable, Equatable {
    package let key: ItemKey
    package let item: Item
}

/// What the directory in memory knows of each item.
package struct ItemDirectoryEntry: Sendable, Equatable {
    package let key: ItemKey
    package let id: ItemID
    /// False for deleted items too. Says nothing of the times.
    package let isAvailable: Bool
    package let availableFrom: Timestamp?
    package let expiresAt: Timestamp?
    /// The log goes on naming a deleted item.
    package let isDeleted: Bool
    package let categories: [String]
    package let createdAt: Timestamp

    package init(
        key: ItemKey, id: ItemID, isAvailable: Bool, isDeleted: Bool, categories: [String],
        createdAt: Timestamp, availableFrom: Timestamp? = nil, expiresAt: Timestamp? = nil
    ) {
        self.key = key
        self.id = id
        self.isAvailable = isAvailable
        self.isDeleted = isDeleted
        self.categories = categories
        self.createdAt = createdAt
        self.availableFrom = availableFrom
        self.expiresAt = expiresAt
    }
}

/// What putting an item did.
package enum PutOutcome: Sendable, Equatable {
    case created(ItemKey)
    case replaced(ItemKey)
}
