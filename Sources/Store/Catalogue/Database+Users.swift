import Events
import GRDB
import Support

/// Rows of the users.
extension Database {
    func user(_ id: UserID) throws -> UserProfile? {
        let sql = "SELECT attributes FROM users WHERE id = ?"
        return try Row.fetchOne(cachedStatement(sql: sql), arguments: [id.rawValue]).map {
            UserProfile(id: id, attributes: $0[0])
        }
    }

    func setAttributes(of user: UserKey, _ attributes: String?) throws {
        try cachedStatement(sql: "UPDATE users SET attributes = ? WHERE key = ?")
            .execute(arguments: [attributes, user.rawValue])
    }

    func userDirectory(after key: UserKey?, limit: Int) throws -> [UserDirectoryEntry] {
        let sql = "SELECT key, id, cohort_hash FROM users WHERE key > ? ORDER BY key LIMIT ?"
        return try Row.fetchAll(
            cachedStatement(sql: sql), arguments: [key?.rawValue ?? 0, limit]
        ).map { row in
            UserDirectoryEntry(
                key: UserKey(row[0]), id: UserID(stored: row[1]),
                cohortHash: UInt64(bitPattern: row[2] as Int64))
        }
    }

    func attributes(of user: UserKey) throws -> String? {
        let sql = "SELECT attributes FROM users WHERE key = ?"
        return try String.fetchOne(cachedStatement(sql: sql), arguments: [user.rawValue])
    }

    func userAttributes(after key: UserKey?, limit: Int) throws -> [StoredAttributes] {
        let sql = """
            SELECT key, attributes FROM users WHERE key > ? AND attributes IS NOT NULL
            ORDER BY key LIMIT ?
            """
        return try Row.fetchAll(
            cachedStatement(sql: sql), arguments: [key?.rawValue ?? 0, limit]
        ).map {
            StoredAttributes(user: UserKey($0[0]), attributes: try UserAttributes(stored: $0[1]))
        }
    }
}
