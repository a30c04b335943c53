import Events
import Foundation
import GRDB
import Support

/// The connection that writes, and what its thread keeps in memory to write fast. Confined to the
/// writer's thread.
final class WriterConnection {
    /// How many ids the caches of users and of items hold each: up to 50 MB.
    private static let cachedIDs = 1_500_000

    let db: Database
    let meanings: EventMeanings
    let halfLife: HalfLife
    let clock: any WallClock
    private(set) var statements: EventStatements
    private let secrets: Secrets
    private let observers: StoreObservers

    let eventIDs: EventIDIndex
    let recentEvents: RecentEvents
    let userEvents: UserEventIndex

    var pending = PendingChanges()
    var lastSequence: EventSequence
    private(set) var userKeys = KeyCache<UserKey>(capacity: cachedIDs)
    private(set) var itemKeys = KeyCache<ItemKey>(capacity: cachedIDs)
    /// Like the last one who wasn't in the cache: then he is inserted without a look.
    private var expectsNewUser = false
    private(set) var typeKeys = KeyCache<EventTypeKey>(capacity: Int(UInt16.max))
    /// In the file, and of this transaction.
    private var typeCount: Int
    var sourceKeys: [AnswerSource: Int64] = [:]
    var answers: WaitingAnswers
    /// False while an error may have left something in memory that isn't in the file.
    private var isClean = true
    let traces: ErasedTraces
    /// SQLite took the file for damaged and lets this connection write no more, or not even what is
    /// committed could be read.
    private(set) var isGivenUp = false

    init(
        _ db: Database, meanings: EventMeanings, halfLife: HalfLife, clock: any WallClock,
        secrets: Secrets, observers: StoreObservers, recommendationLog: RecommendationLog,
        traces: ErasedTraces, recentEvents: RecentEvents, recentEventsLayout: RecentEventsLayout
    ) throws {
        self.db = db
        self.meanings = meanings
        self.halfLife = halfLife
        self.clock = clock
        self.secrets = secrets
        self.observers = observers
        self.traces = traces
        answers = WaitingAnswers(recommendationLog)
        statements = try EventStatements(db)
        eventIDs = try EventIDIndex(db)
        self.recentEvents = recentEvents
        userEvents = try UserEventIndex(db, recentEvents, recentEventsLayout)
        lastSequence = try db.lastSequence()
        typeCount = try db.eventTypeCount()
    }

    /// Commits what the body writes, then tells the observers. After an error nothing of it stays,
    /// neither in the file nor in memory.
    func inTransaction<Result>(_ body: () throws -> Result) throws -> Result {
        if !isClean { try recover() }
        errno = 0
        do {
            try eventIDs.refresh()
            try userEvents.refresh()
            try db.beginTransaction(.immediate)
            let result = try body()
            try writePending()
            try eventIDs.write()
            try userEvents.write()
            try db.commit()
            eventIDs.noteCommit()
            userEvents.noteCommit()
            answers.noteWritten(pending.writtenAnswers, collided: pending.collidedAnswers)
            observers.publish(pending)
            if pending.isBulk { moveWAL() }
            if pending.leavesTraces { traces.note() }
            pending = PendingChanges()
            userKeys.commit()
            itemKeys.commit()
            typeKeys.commit()
            return result
        } catch {
            // `sqlite3_system_errno` doesn't know why a COMMIT failed.
            let error = StoreError.translating(
                error, operation: StoreError.write, systemError: errno)
            isClean = false
            eventIDs.noteRollback()
            userEvents.noteRollback()
            isGivenUp = isGivenUp || (error as? StoreError)?.namesDamage == true
            do { try recover() } catch { isGivenUp = true }
            throw error
        }
    }

    /// What the body would do, undone at once.
    func rehearse<Result>(_ body: () throws -> Result) throws -> Result {
        let before = pending
        let (idCount, eventCount) = (eventIDs.addedCount, userEvents.addedCount)
        try db.execute(sql: "SAVEPOINT rehearsal")
        let result = try body()
        try db.execute(sql: "ROLLBACK TO rehearsal; RELEASE rehearsal")
        eventIDs.forget(since: idCount)
        userEvents.forget(since: eventCount)
        try forgetUncommitted()
        pending = before
        return result
    }

    /// Whether the disk takes a write again: a commit of one page, that nobody waits for. After a
    /// failed commit it also covers what that left behind the end of the WAL.
    func writeProbe() throws {
        try inTransaction { try db.setSetting("service.probe", clock.now().rfc3339) }
    }

    /// Writes the group's sums. Also called before a statement that rests on them.
    func writePending() throws {
        try db.addToCounters(pending)
        try statements.addToPopularity(pending.popularity)
        try db.addToLinks(pending.links)
        pending.eventCount = 0
        pending.foldedCount = 0
        pending.userCount = 0
        pending.itemCount = 0
        pending.recommendationCount = 0
        pending.links = [:]
        pending.newestEventTime = nil
        pending.popularity = [:]
    }

    /// Moves the WAL into the database file. By itself SQLite does so when the WAL has grown to
    /// `StoreOptions.walCheckpointPages`, which is a bargain for many small commits, but makes whoever waits then wait for all of it: a
    /// large checkpoint would fill the WAL again and again. Always by this connection: that of another
    /// one may lose a commit of the same moment (https://www.sqlite.org/wal.html#walresetbug).
    private func moveWAL() {
        // What can't be moved now stays in the WAL, where it is safe, until the next time.
        _ = try? Row.fetchOne(db, sql: "PRAGMA wal_checkpoint(PASSIVE)")
    }

    /// Back to what is committed.
    private func recover() throws {
        if db.isInsideTransaction { try db.rollback() }
        try forgetUncommitted()
        // `sqlite3_reset` says the error of a failed statement again: prepare them anew.
        statements = try EventStatements(db)
        isClean = true
    }

    /// The memory first, which can't fail: a key of a user who isn't in the file would be another
    /// one's soon.
    private func forgetUncommitted() throws {
        pending = PendingChanges()
        userKeys.rollback()
        itemKeys.rollback()
        typeKeys.rollback()
        sourceKeys.removeAll()
        lastSequence = try db.lastSequence()
        typeCount = try db.eventTypeCount()
    }
}

// MARK: - Keys of ids

extension WriterConnection {
    /// The user's key. A user whom nobody declared comes into being.
    func userKey(of id: UserID) throws -> UserKey {
        try userKeys.value(for: id.rawValue) {
            if !expectsNewUser, let key = try statements.key(of: id) { return key }
            let new = try statements.insert(
                id, cohortHash: secrets.cohortHash(of: id), knownSince: lastSequence)
            expectsNewUser = new != nil
            if let new {
                pending.userCount += 1
                return new
            }
            guard let key = try statements.key(of: id) else {
                throw StoreError(code: .damagedRow, operation: "append", context: "users")
            }
            return key
        }
    }

    /// The item's key. An item that nobody declared comes into being, created at the given time.
    func itemKey(of id: ItemID, createdAt: Timestamp) throws -> ItemKey {
        try itemKeys.value(for: id.rawValue) {
            if let key = try statements.key(of: id) { return key }
            pending.itemCount += 1
            let key = try statements.insert(id, createdAt: createdAt)
            pending.items.append(
                ItemDirectoryEntry(
                    key: key, id: id, isAvailable: true, isDeleted: false, categories: [],
                    createdAt: createdAt))
            return key
        }
    }

    /// The type's key; nil for one too many.
    func typeKey(of name: String) throws -> EventTypeKey? {
        do {
            return try typeKeys.value(for: name) {
                try db.eventTypeKey(of: name) ?? newTypeKey(of: name)
            }
        } catch is TypeBound {
            return nil
        }
    }

    private func newTypeKey(of name: String) throws -> EventTypeKey {
        let isConfigured = meanings.byType[name] != nil
        guard typeCount < (isConfigured ? Int(UInt16.max) : EventRules.maximumTypes) else {
            throw TypeBound()
        }
        let key = try db.insertEventType(name)
        typeCount += 1
        return key
    }

    private struct TypeBound: Error {}

    func forgetUser(_ id: UserID) {
        userKeys.remove(id.rawValue)
    }
}
