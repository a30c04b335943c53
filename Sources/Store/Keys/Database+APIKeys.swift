import Foundation
import GRDB
import Support

/// Rows of the keys.
extension Database {
    func apiKey(_ id: Int64) throws -> KeyRecord? {
        try Row.fetchOne(
            cachedStatement(sql: "SELECT * FROM api_keys WHERE id = ?"), arguments: [id]
        ).map(KeyRecord.init)
    }

    /// Newest first.
    func apiKeys(before id: Int64?, limit: Int) throws -> [KeyRecord] {
        let sql = "SELECT * FROM api_keys WHERE id < ? ORDER BY id DESC LIMIT ?"
        return try Row.fetchAll(cachedStatement(sql: sql), arguments: [id ?? .max, limit])
            .map(KeyRecord.init)
    }

    func unrevokedAPIKeys() throws -> [KeyRecord] {
        try Row.fetchAll(self, sql: "SELECT * FROM api_keys WHERE revoked_at IS NULL ORDER BY id")
            .map(KeyRecord.init)
    }

    func hasAnyAPIKey() throws -> Bool {
        try Bool.fetchOne(self, sql: "SELECT EXISTS (SELECT 1 FROM api_keys)") ?? false
    }

    /// - Returns: The id; the hash is still to be set.
    func insertAPIKey(_ draft: KeyRecord.Draft, at now: Timestamp) throws -> Int64 {
        try execute(
            sql: """
                INSERT INTO api_keys (name, scopes, hash, created_at, expires_at)
                VALUES (?, ?, x'', ?, ?)
                """,
            arguments: [
                draft.name, try JSONText.array(draft.scopes), now.milliseconds,
                draft.expiresAt?.milliseconds,
            ])
        return lastInsertedRowID
    }

    func setHash(_ hash: KeyHash, ofAPIKey id: Int64) throws {
        try execute(
            sql: "UPDATE api_keys SET hash = ? WHERE id = ?", arguments: [Data(hash.bytes), id])
    }

    func revokeAPIKey(_ id: Int64, at now: Timestamp) throws {
        try execute(
            sql: "UPDATE api_keys SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL",
            arguments: [now.milliseconds, id])
    }

    func noteUse(ofAPIKey id: Int64, at time: Timestamp) throws {
        try execute(
            sql: "UPDATE api_keys SET last_used_at = max(ifnull(last_used_at, 0), ?) WHERE id = ?",
            arguments: [time.milliseconds, id])
    }
}

extension KeyRecord {
    fileprivate init(_ row: Row) throws {
        id = row["id"]
        name = row["name"]
        scopes = try JSONText.strings(row["scopes"])
        hash = KeyHash(bytes: [UInt8](row["hash"] as Data))
        createdAt = Timestamp(milliseconds: row["created_at"])
        expiresAt = (row["expires_at"] as Int64?).map(Timestamp.init(milliseconds:))
        revokedAt = (row["revoked_at"] as Int64?).map(Timestamp.init(milliseconds:))
        lastUsedAt = (row["last_used_at"] as Int64?).map(Timestamp.init(milliseconds:))
    }
}
