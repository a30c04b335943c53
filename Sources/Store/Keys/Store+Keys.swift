import GRDB
import Support

extension Store {
    /// Keys that are valid at once; one more is refused.
    package static let maximumKeys = 1000

    package var keyHasher: KeyHasher { KeyHasher(secrets.apiKeys) }

    /// Makes a key.
    ///
    /// - Returns: What is stored of it, and its text, which nobody can read again.
    package func createKey(_ draft: KeyRecord.Draft) async throws -> (key: KeyRecord, text: String)
    {
        let hasher = keyHasher
        return try await write("create key") { connection in
            let db = connection.db
            guard try db.unrevokedAPIKeys().count < Self.maximumKeys else {
                throw StoreRefusal.tooManyKeys
            }
            let id = try db.insertAPIKey(draft, at: connection.clock.now())
            let text = KeyText.make(id: String(id))
            try db.setHash(hasher.hash(text), ofAPIKey: id)
            guard let key = try db.apiKey(id) else {
                throw StoreError(code: .damagedRow, operation: "create key", context: "\(id)")
            }
            return (key, text)
        }
    }

    /// The key, revoked now or earlier; nil where there is none.
    package func revokeKey(_ id: Int64) async throws -> KeyRecord? {
        try await write("revoke key") { connection in
            try connection.db.revokeAPIKey(id, at: connection.clock.now())
            return try connection.db.apiKey(id)
        }
    }

    package func noteUse(ofKey id: Int64, at time: Timestamp) async throws {
        try await write("note use of a key") { try $0.db.noteUse(ofAPIKey: id, at: time) }
    }
}

extension StoreReader {
    /// Newest first, revoked ones too.
    package func keys(before id: Int64? = nil, limit: Int) async throws -> [KeyRecord] {
        try await read { try $0.db.apiKeys(before: id, limit: limit) }
    }

    /// Those that aren't revoked, and whether there has ever been one.
    package func validKeys() async throws -> (keys: [KeyRecord], hasAny: Bool) {
        try await read { (try $0.db.unrevokedAPIKeys(), try $0.db.hasAnyAPIKey()) }
    }
}
