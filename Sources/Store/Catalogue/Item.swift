import Support

/// A catalogue entry.
package struct Item: Sendable, Equatable {
    package var id: ItemID
    /// Whether it may be recommended.
    package var isAvailable: Bool
    package var categories: [String]
    package var title: String?
    /// A JSON object, as text.
    package var attributes: String?
    package var embedding: [Float]?
    /// Nil in an item to be put: then it stays as it was, or is the time of arrival.
    package var createdAt: Timestamp?

    package init(
        id: ItemID, isAvailable: Bool = true, categories: [String] = [], title: String? = nil,
        attributes: String? = nil, embedding: [Float]? = nil, createdAt: Timestamp? = nil
    ) {
        self.id = id
        self.isAvailable = isAvailable
        self.categories = categories
        self.title = title
        self.attributes = attributes
        self.embedding = embedding
        self.createdAt = createdAt
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
    /// False for deleted items too.
    package let isAvailable: Bool
    /// The log goes on naming a deleted item.
    package let isDeleted: Bool
    package let categories: [String]
    package let createdAt: Timestamp
}

/// What putting an item did.
package enum PutOutcome: Sendable, Equatable {
    case created(ItemKey)
    case replaced(ItemKey)
}
