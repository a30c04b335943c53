import GRDB

/// Settings that change at run time.
extension Store {
    package func setSetting(_ key: String, _ value: String?) async throws {
        try await write("set setting") { try $0.db.setSetting(key, value) }
    }
}

extension Database {
    func setting(_ key: String) throws -> String? {
        try String.fetchOne(
            cachedStatement(sql: "SELECT value FROM settings WHERE key = ?"), arguments: [key])
    }

    func setSetting(_ key: String, _ value: String?) throws {
        guard let value else {
            try execute(sql: "DELETE FROM settings WHERE key = ?", arguments: [key])
            return
        }
        try execute(
            sql: """
                INSERT INTO settings (key, value) VALUES (?, ?)
                ON CONFLICT (key) DO UPDATE SET value = excluded.value
                """,
            arguments: [key, value])
    }
}
