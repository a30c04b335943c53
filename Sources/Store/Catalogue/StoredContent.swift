import Events
import Foundation
import Support

/// What the catalogue says of an item, as models read it.
package struct StoredContent: Sendable, Equatable {
    package let key: ItemKey
    package let id: ItemID
    package let content: ItemContent
}

extension StoredContent {
    /// - Throws: `StoreError` where the stored attributes are no JSON object.
    init(_ item: Item, key: ItemKey) throws {
        self.init(key: key, id: item.id, content: try ItemContent(of: item))
    }
}

extension ItemContent {
    /// - Throws: `StoreError` where the stored attributes are no JSON object.
    init(of item: Item) throws {
        self.init(
            categories: item.categories, title: item.title == "" ? nil : item.title,
            attributes: try item.attributes.map(ColumnJSON.object) ?? [:],
            embedding: item.embedding ?? [])
    }
}

/// What the application declared of a user, as models read it.
package struct StoredAttributes: Sendable, Equatable {
    package let user: UserKey
    package let attributes: UserAttributes
}

extension UserAttributes {
    /// - Parameter text: A JSON object, nil for none.
    /// - Throws: `StoreError` where the text is no JSON object.
    init(stored text: String?) throws {
        self.init(try text.map(ColumnJSON.object) ?? [:])
    }
}

/// JSON objects as a column holds them.
enum ColumnJSON {
    static func object(_ text: String) throws -> [String: JSONValue] {
        do {
            return try JSONValue.object(from: text)
        } catch is DecodingError {
            throw StoreError(code: .damagedRow, operation: "read", context: "attributes")
        }
    }
}
