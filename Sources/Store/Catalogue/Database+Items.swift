import Foundation
import GRDB
import Support

/// Rows of the catalogue.
extension Database {
    private static let itemColumns = """
        SELECT i.key, i.id, i.is_available, i.created_at, i.categories,
               i.available_from, i.expires_at, d.title, d.attributes, d.embedding
        FROM items i LEFT JOIN item_details d ON d.item = i.key
        """

    func item(_ id: ItemID) throws -> StoredItem? {
        let sql = Self.itemColumns + " WHERE i.id = ? AND i.is_deleted = 0"
        return try Row.fetchOne(cachedStatement(sql: sql), arguments: [id.rawValue])
            .map(StoredItem.init)
    }

    func items(after key: ItemKey?, limit: Int) throws -> [StoredItem] {
        let sql = Self.itemColumns + " WHERE i.key > ? AND i.is_deleted = 0 ORDER BY i.key LIMIT ?"
        return try Row.fetchAll(
            cachedStatement(sql: sql), arguments: [key?.rawValue ?? 0, limit]
        ).map(StoredItem.init)
    }

    func itemDirectory(since key: ItemKey?) throws -> [ItemDirectoryEntry] {
        let sql = """
            SELECT key, id, is_available, is_deleted, categories, created_at, available_from,
                   expires_at FROM items
            WHERE key > ? ORDER BY key
            """
        let rows = try Row.fetchCursor(
            cachedStatement(sql: sql), arguments: [key?.rawValue ?? 0])
        var entries: [ItemDirectoryEntry] = []
        while let row = try rows.next() {
            entries.append(try ItemDirectoryEntry(row))
        }
        return entries
    }

    func writeItem(_ item: Item, key: ItemKey, createdAt: Timestamp) throws {
        try cachedStatement(
            sql: """
                UPDATE items SET is_available = ?, is_deleted = 0, created_at = ?, categories = ?,
                    available_from = ?, expires_at = ?
                WHERE key = ?
                """
        ).execute(arguments: [
            item.isAvailable, createdAt.milliseconds, try JSONText.array(item.categories),
            item.availableFrom?.milliseconds, item.expiresAt?.milliseconds, key.rawValue,
        ])
        try cachedStatement(
            sql: """
                INSERT INTO item_details (item, title, attributes, embedding) VALUES (?, ?, ?, ?)
                ON CONFLICT (item) DO UPDATE SET title = excluded.title,
                    attributes = excluded.attributes, embedding = excluded.embedding
                """
        ).execute(arguments: [
            key.rawValue, item.title, item.attributes, item.embedding.map(Float32Blob.data),
        ])
    }

    func markItemDeleted(_ key: ItemKey) throws {
        try execute(
            sql: """
                UPDATE items SET is_deleted = 1, is_available = 0, categories = '[]',
                    available_from = NULL, expires_at = NULL
                WHERE key = ?
                """,
            arguments: [key.rawValue])
        try execute(sql: "DELETE FROM item_details WHERE item = ?", arguments: [key.rawValue])
    }
}

extension StoredItem {
    fileprivate init(_ row: Row) throws {
        let embedding: Data? = row["embedding"]
        key = ItemKey(row["key"])
        item = Item(
            id: ItemID(stored: row["id"]), isAvailable: row["is_available"],
            categories: try JSONText.strings(row["categories"]), title: row["title"],
            attributes: row["attributes"], embedding: embedding.map(Float32Blob.floats),
            createdAt: Timestamp(milliseconds: row["created_at"]),
            availableFrom: (row["available_from"] as Int64?).map(Timestamp.init(milliseconds:)),
            expiresAt: (row["expires_at"] as Int64?).map(Timestamp.init(milliseconds:)))
    }
}

extension ItemDirectoryEntry {
    /// Columns by number: 100,000 of these are read at a start.
    fileprivate init(_ row: Row) throws {
        key = ItemKey(row[0])
        id = ItemID(stored: row[1])
        isAvailable = row[2]
        isDeleted = row[3]
        categories = try JSONText.strings(row[4])
        createdAt = Timestamp(milliseconds: row[5])
        availableFrom = (row[6] as Int64?).map(Timestamp.init(milliseconds:))
        expiresAt = (row[7] as Int64?).map(Timestamp.init(milliseconds:))
    }
}
