import Events
import Support

extension Store {
    /// Appends events in one transaction, with one verdict each, and answers after the commit.
    /// `DryRun` judges them the same way and stores nothing.
    package func append(_ events: [Event]) async throws -> AppendOutcome {
        // Hashing is the dearest part that needs no database: done here, off the writer's thread.
        let digests = events.map { EventDigest(of: $0, secrets.events) }
        return try await write("append", weight: max(1, events.count)) { connection in
            try connection.append(events, digests: digests)
        }
    }

    /// Takes an event back. Nil where there is none with that id, or none any more. The id stays
    /// taken: the same event sent again is a duplicate.
    package func removeEvent(id: String) async throws -> StoredEvent? {
        let idHash = EventDigest.hash(id: id, secrets.events)
        return try await write("remove event") { connection in
            try connection.removeEvent(digest: idHash)
        }
    }

    /// Registers who hears of appended events: called on the writer's thread, after the commit and
    /// before `append` returns. Must be quick: no write goes on meanwhile.
    package func observeAppends(_ observer: @escaping @Sendable ([StoredEvent]) -> Void) {
        observers.add(onAppends: observer)
    }

    /// Registers who hears of erased events and users, in the same way.
    package func observeErasures(_ observer: @escaping @Sendable ([StoreErasure]) -> Void) {
        observers.add(onErasures: observer)
    }
}
