import Support

/// What the application declared of a user.
package struct UserProfile: Sendable, Equatable {
    package var id: UserID
    /// A JSON object, as text.
    package var attributes: String?

    package init(id: UserID, attributes: String? = nil) {
        self.id = id
        self.attributes = attributes
    }
}

/// A user as the trainer needs him.
package struct UserDirectoryEntry: Sendable, Equatable {
    package let key: UserKey
    package let id: UserID
    /// A salted hash of the id, uniform over 64 bits and always the same for the same id: who has
    /// `cohortHash / 2^64 < fraction` belongs to a cohort of that share.
    package let cohortHash: UInt64
}
