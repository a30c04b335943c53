import Support

/// A key of the API, as it is stored: everything but the key itself.
package struct KeyRecord: Sendable, Equatable {
    package let id: Int64
    package let name: String
    package let scopes: [String]
    package let hash: KeyHash
    package let createdAt: Timestamp
    package let expiresAt: Timestamp?
    package var revokedAt: Timestamp?
    /// To the minute.
    package var lastUsedAt: Timestamp?

    package enum State: String, Sendable, CaseIterable {
        case valid, expired, revoked
    }

    package func state(at now: Timestamp) -> State {
        if revokedAt != nil { return .revoked }
        if let expiresAt, expiresAt <= now { return .expired }
        return .valid
    }

    /// What a new key shall be.
    package struct Draft: Sendable {
        package var name: String
        package var scopes: [String]
        package var expiresAt: Timestamp?

        package init(name: String, scopes: [String], expiresAt: Timestamp? = nil) {
            self.name = name
            self.scopes = scopes
            self.expiresAt = expiresAt
        }
    }
}
