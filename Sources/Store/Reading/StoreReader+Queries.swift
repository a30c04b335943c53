import Events
import Support

/// Short forms of the queries that are asked most. `async` on a reader's thread; those that the
/// trainer needs also exist without, and make the caller wait.
extension StoreReader {
    package func userKey(of id: UserID) async throws -> UserKey? {
        try await read { try $0.userKey(of: id) }
    }

    package func history(of user: UserID, limit: Int) async throws -> UserHistory? {
        try await read { try $0.history(of: user, limit: limit) }
    }

    package func events(
        of user: UserID, before: EventSequence? = nil, limit: Int
    ) async throws -> [EventRecord] {
        try await read { try $0.events(of: user, before: before, limit: limit) }
    }

    package func user(_ id: UserID) async throws -> UserProfile? {
        try await read { try $0.user(id) }
    }

    package func item(_ id: ItemID) async throws -> StoredItem? {
        try await read { try $0.item(id) }
    }

    package func items(after key: ItemKey? = nil, limit: Int) async throws -> [StoredItem] {
        try await read { try $0.items(after: key, limit: limit) }
    }

    package func itemContents(
        after key: ItemKey? = nil, limit: Int
    ) async throws -> [StoredContent] {
        try await read { try $0.itemContents(after: key, limit: limit) }
    }

    package func itemDirectory(
        since key: ItemKey? = nil
    ) async throws -> [ItemDirectoryEntry] {
        try await read { try $0.itemDirectory(since: key) }
    }

    package func popularity() async throws -> [ItemPopularity] {
        try await read { try $0.popularity() }
    }

    package func statistics() async throws -> StoreStatistics {
        try await read { try $0.statistics() }
    }

    package func lastSequence() async throws -> EventSequence {
        try await read { try $0.lastSequence() }
    }

    package func checkpoints(model: String? = nil) async throws -> [CheckpointInfo] {
        try await read { try $0.checkpoints(model: model) }
    }

    package func checkpoint(model: String, version: Int) async throws -> CheckpointInfo? {
        try await read { try $0.checkpoint(model: model, version: version) }
    }

    package func loadCheckpoint(model: String, version: Int) async throws -> [UInt8] {
        try await read { try $0.loadCheckpoint(model: model, version: version) }
    }

    package func deployments() async throws -> [Deployment] {
        try await read { try $0.deployments() }
    }

    package func deployment(of model: String) async throws -> Deployment? {
        try await read { try $0.deployment(of: model) }
    }

    package func job(_ id: Int64) async throws -> JobRecord? {
        try await read { try $0.job(id) }
    }

    package func jobs(before id: Int64? = nil, limit: Int) async throws -> [JobRecord] {
        try await read { try $0.jobs(before: id, limit: limit) }
    }

    package func setting(_ key: String) async throws -> String? {
        try await read { try $0.setting(key) }
    }
}

/// For the trainer.
extension StoreReader {
    package func logRange(
        after: EventSequence, through: EventSequence, limit: Int
    ) throws -> [LoggedEvent] {
        try readNow { try $0.logRange(after: after, through: through, limit: limit) }
    }

    package func foldedEvents(
        after place: FoldedPlace?, limit: Int
    ) throws -> [(place: FoldedPlace, event: LoggedEvent)] {
        try readNow { try $0.foldedEvents(after: place, limit: limit) }
    }

    package func itemDirectory() throws -> [ItemDirectoryEntry] {
        try readNow { try $0.itemDirectory() }
    }

    package func itemContents(
        after key: ItemKey? = nil, limit: Int
    ) throws -> [StoredContent] {
        try readNow { try $0.itemContents(after: key, limit: limit) }
    }

    package func userAttributes(
        after key: UserKey? = nil, limit: Int
    ) throws -> [StoredAttributes] {
        try readNow { try $0.userAttributes(after: key, limit: limit) }
    }

    package func userDirectory(
        after key: UserKey? = nil, limit: Int = .max
    ) throws -> [UserDirectoryEntry] {
        try readNow { try $0.userDirectory(after: key, limit: limit) }
    }

    package func lastSequence() throws -> EventSequence {
        try readNow { try $0.lastSequence() }
    }

    package func deployment(of model: String) throws -> Deployment? {
        try readNow { try $0.deployment(of: model) }
    }

    package func loadCheckpoint(model: String, version: Int) throws -> [UInt8] {
        try readNow { try $0.loadCheckpoint(model: model, version: version) }
    }
}
