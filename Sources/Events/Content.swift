import Support

/// What is known of an item beside its events: what models read that can answer for new items.
package struct ItemContent: Sendable, Equatable {
    package var categories: [String]
    package var title: String?
    package var attributes: [String: JSONValue]
    /// Given by the application; empty without one. Items may have different lengths.
    package var embedding: [Float]

    /// Nothing is known of the item.
    package static let none = ItemContent()

    package init(
        categories: [String] = [], title: String? = nil, attributes: [String: JSONValue] = [:],
        embedding: [Float] = []
    ) {
        self.categories = categories
        self.title = title
        self.attributes = attributes
        self.embedding = embedding
    }

    package var isEmpty: Bool { self == .none }
}

/// What is known of a user beside his events.
package struct UserAttributes: Sendable, Equatable {
    package var values: [String: JSONValue]

    /// Nothing is known of the user.
    package static let none = UserAttributes()

    package init(_ values: [String: JSONValue] = [:]) {
        self.values = values
    }
}
