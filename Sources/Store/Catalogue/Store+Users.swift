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
            try change(&user)
            user.id = id
            let key = try connection.userKey(of: id)
            try connection.setAttributes(of: user, key: key)
            return user
        }
    }

    /// Erases a user: the profile, all events and what was recommended to him. The hashes of the events' ids stay, and neither
    /// the key nor the sequence numbers come back. False where there is no such user.
    package func deleteUser(_ id: UserID) async throws -> Bool {
        try await write("delete user") { connection in
            guard let key = try connection.db.userKey(of: id) else { return false }
            try connection.deleteUser(id, key: key)
            return true
        }
    }
}

extension WriterConnection {
    fileprivate func setAttributes(of user: UserProfile, key: UserKey) throws {
        try db.setAttributes(of: key, user.attributes)
        pending.users.append(user.id)
    }

    fileprivate func deleteUser(_ id: UserID, key: UserKey) throws {
        let events = try db.storedEvents(of: key, meanings: meanings)
        for event in events { try takeBack(event) }
        pending.recommendationCount -= try db.deleteRecommendations(of: key)
        try db.deleteEventsAndProfile(of: key)
        forgetUser(id)
        pending.userCount -= 1
        pending.erased += events.map(StoreErasure.event) + [.user(key, id)]
    }
}
