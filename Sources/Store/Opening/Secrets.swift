import Crypto
import Foundation
import GRDB
import Support

/// The random keys of the database's hashes: made with it, never leaving it.
struct Secrets: Sendable {
    let eventIDs: SymmetricKey
    let apiKeys: SymmetricKey
    private let cohorts: SymmetricKey

    init(_ db: Database) throws {
        eventIDs = try Self.key(named: "event_ids", in: db)
        cohorts = try Self.key(named: "cohorts", in: db)
        apiKeys = try Self.key(named: "api_keys", in: db)
    }

    /// Uniform over 64 bits, the same for a user id for as long as the database lives, also where
    /// the user was deleted and came back.
    func cohortHash(of user: UserID) -> UInt64 {
        let code = HMAC<SHA256>.authenticationCode(for: Data(user.rawValue.utf8), using: cohorts)
        return code.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
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
