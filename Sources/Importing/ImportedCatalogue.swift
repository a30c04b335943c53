import Support

/// An item as a file describes it.
package struct ImportedItem: Sendable, Equatable {
    package var id: ItemID
    package var title: String?
    package var categories: [String]
    /// A JSON object, as text with sorted keys.
    package var attributes: String?
    package var createdAt: Timestamp?

    package init(
        id: ItemID, title: String? = nil, categories: [String] = [], attributes: String? = nil,
        createdAt: Timestamp? = nil
    ) {
        self.id = id
        self.title = title
        self.categories = categories
        self.attributes = attributes
        self.createdAt = createdAt
    }
}

/// A user as a file describes it.
package struct ImportedUser: Sendable, Equatable {
    package var id: UserID
    /// A JSON object, as text with sorted keys.
    package var attributes: String?

    package init(id: UserID, attributes: String? = nil) {
        self.id = id
        self.attributes = attributes
    }
}
