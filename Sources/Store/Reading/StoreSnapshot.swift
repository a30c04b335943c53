import Events
import GRDB
import Support

/// One state of the store, for the length of one read: all its queries.
package struct StoreSnapshot {
    let db: Database
    let types: EventTypeTable
    let recentEvents: RecentEvents

    init(_ db: Database, _ types: EventTypeTable, _ recentEvents: RecentEvents) {
        self.db = db
        self.types = types
        self.recentEvents = recentEvents
    }

    // MARK: - Users

    package func userKey(of id: UserID) throws -> UserKey? { try db.userKey(of: id) }

    package func user(_ id: UserID) throws -> UserProfile? { try db.user(id) }

    package func userDirectory(
        after key: UserKey? = nil, limit: Int = .max
    ) throws -> [UserDirectoryEntry] {
        try db.userDirectory(after: key, limit: limit)
    }

    /// Of the users after a key who have attributes.
    package func userAttributes(
        after key: UserKey? = nil, limit: Int
    ) throws -> [StoredAttributes] {
        try db.userAttributes(after: key, limit: limit)
    }

    // MARK: - Catalogue

    package func item(_ id: ItemID) throws -> StoredItem? { try db.item(id) }

    /// The key of an item, of a deleted one too.
    package func itemKey(of id: ItemID) throws -> ItemKey? { try db.itemKey(of: id) }

    package func items(after key: ItemKey? = nil, limit: Int) throws -> [StoredItem] {
        try db.items(after: key, limit: limit)
    }

    /// What the catalogue says of the items after a key, empty ones too, so that the last key of
    /// a range tells where the next begins.
    package func itemContents(after key: ItemKey? = nil, limit: Int) throws -> [StoredContent] {
        try db.items(after: key, limit: limit).map { try StoredContent($0.item, key: $0.key) }
    }

    /// Every item, deleted ones too, in the order of their keys; with a key, those after it.
    package func itemDirectory(since key: ItemKey? = nil) throws -> [ItemDirectoryEntry] {
        try db.itemDirectory(since: key)
    }

    // MARK: - Sums

    package func statistics() throws -> StoreStatistics {
        StoreStatistics(
            events: Int(try db.counter("events")),
            foldedEvents: Int(try db.counter("folded_events")), users: Int(try db.counter("users")),
            items: Int(try db.counter("items")), lastSequence: try db.lastSequence())
    }

    package func lastSequence() throws -> EventSequence { try db.lastSequence() }

    package func eventTypes() throws -> [EventTypeKey: String] { try db.eventTypeNames() }

    // MARK: - Checkpoints, deployments, jobs, settings

    package func checkpoints(model: String? = nil) throws -> [CheckpointInfo] {
        try db.checkpoints(model: model)
    }

    package func checkpoint(model: String, version: Int) throws -> CheckpointInfo? {
        try db.checkpoint(model: model, version: version)
    }

    /// All bytes, verified. Throws `StoreError` with `damagedCheckpoint` where they are not the
    /// ones that were stored.
    package func loadCheckpoint(model: String, version: Int) throws -> [UInt8] {
        try db.loadCheckpoint(model: model, version: version)
    }

    /// The current deployment of each model.
    package func deployments() throws -> [Deployment] { try db.deployments() }

    package func deployment(of model: String) throws -> Deployment? {
        try db.deployment(of: model)
    }

    /// Newest first.
    package func deploymentHistory(of model: String, limit: Int) throws -> [Deployment] {
        try db.deploymentHistory(of: model, limit: limit)
    }

    package func job(_ id: Int64) throws -> JobRecord? { try db.job(id) }

    /// Newest first.
    package func jobs(before id: Int64? = nil, limit: Int) throws -> [JobRecord] {
        try db.jobs(before: id, limit: limit)
    }

    /// Oldest first.
    package func unfinishedJobs() throws -> [JobRecord] { try db.unfinishedJobs() }

    package func jobSummary() throws -> JobSummary { try db.jobSummary() }

    package func setting(_ key: String) throws -> String? { try db.setting(key) }
}
