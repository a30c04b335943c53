import Crypto
import Foundation
import GRDB
import Support

/// The random keys of the database's hashes: made with it, never leaving it.
struct Secrets: Sendable {
    let events: KeyedHasher
    let apiKeys: SymmetricKey
    private let cohorts: KeyedHasher

    init(_ db: Database) throws {
        events = KeyedHasher(key: try Self.key(named: "event_ids", in: db))
        cohorts = KeyedHasher(key: try Self.key(named: "cohorts", in: db))
        apiKeys = try Self.key(named: "api_keys", in: db)
    }

    /// Uniform over 64 bits, the same for a user id for as long as the database lives, also where
    /// the user was deleted and came back.
    func cohortHash(of user: UserID) -> UInt64 {
        cohorts.hash(Array(user.rawValue.utf8)).high
    }

    private static func key(named name: String, in db: Database) throws -> SymmetricKey {
        let value = try Data.fetchOne(
            db, sql: "SELECT value FROM secrets WHERE name = ?", arguments: [name])
        guard let value, value.count == 32 else {
            throw StoreError(code: .damagedRow, operation: "open", context: "secret \(name)")
        }
        return SymmetricKey(data: value)
    }
}
