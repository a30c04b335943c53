import Events
import GRDB
import Support

/// Ids to keys.
extension Database {
    func userKey(of id: UserID) throws -> UserKey? {
        let statement = try cachedStatement(sql: "SELECT key FROM users WHERE id = ?")
        return try Int64.fetchOne(statement, arguments: [id.rawValue]).map(UserKey.init)
    }

    func itemKey(of id: ItemID) throws -> ItemKey? {
        let statement = try cachedStatement(sql: "SELECT key FROM items WHERE id = ?")
        return try Int32.fetchOne(statement, arguments: [id.rawValue]).map(ItemKey.init)
    }

    func eventTypeKey(of name: String) throws -> EventTypeKey? {
        let statement = try cachedStatement(sql: "SELECT key FROM event_types WHERE name = ?")
        return try UInt16.fetchOne(statement, arguments: [name]).map(EventTypeKey.init)
    }

    func insertEventType(_ name: String) throws -> EventTypeKey {
        let sql = "INSERT INTO event_types (name) VALUES (?)"
        try cachedStatement(sql: sql).execute(arguments: [name])
        guard let key = UInt16(exactly: lastInsertedRowID) else {
            throw StoreError(code: .damagedRow, operation: "append", context: "event_types")
        }
        return EventTypeKey(key)
    }

    func eventTypeCount() throws -> Int {
        try Int.fetchOne(self, sql: "SELECT count(*) FROM event_types") ?? 0
    }
}
