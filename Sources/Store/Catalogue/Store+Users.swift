import Support

extension Store {
    /// Registers who hears of users whose attributes were put or changed: called on the writer's
    /// thread, after the commit and before it is acknowledged.
    package func observeUsers(_ observer: @escaping @Sendable ([UserID]) -> Void) {
        observers.add(onUsers: observer)
    }

    /// Creates or replaces users, all in one transaction. True where one is new.
    package func putUsers(_ users: [UserProfile]) async throws -> [Bool] {
        try await write("put users", weight: max(1, users.count)) { connection in
            try users.map { user in
                let isNew = try connection.db.userKey(of: user.id) == nil
                let key = try connection.userKey(of: user.id)
                try connection.setAttributes(of: user, key: key)
                return isNew
            }
        }
    }

    /// Reads, changes and writes a user in one transaction. Nil where there is none. The id stays
    /// what it is; an error of the change changes nothing.
    package func updateUser(
        _ id: UserID, _ change: @escaping @Sendable (inout UserProfile) throws -> Void
    ) async throws -> UserProfile? {
        try await write("update user") { connection in
            guard var user = try connection.db.user(id) else { return nil }
            try NothingWritten.on { try change(&user) }
            user.id = id
            let key = try connection.userKey(of: id)
            try connection.setAttributes(of: user, key: key)
            return user
        }
    }
}

extension WriterConnection {
    fileprivate func setAttributes(of user: UserProfile, key: UserKey) throws {
        try db.setAttributes(of: key, user.attributes)
        pending.users.append(user.id)
    }
}
