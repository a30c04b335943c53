import GRDB
import GRDBSQLite
import Support

/// Moves the recent events into the table `user_events`, sorted by user and a little with each
/// transaction, so that each page of it is touched once for many events. Confined to the writer's
/// thread.
///
/// How far a merge has come is in the file: the next life goes on from there.
final class UserEventIndex {
    static let counter = "user_events_through"

    private let db: Database
    private let recent: RecentEvents
    private let layout: RecentEventsLayout
    private var statements: UserEventStatements
    private var merge: UserEventMerge?
    /// The merge after this transaction.
    private var advanced: UserEventMerge?
    private var credit = 0
    private(set) var addedCount = 0
    /// After a rollback.
    private var isStale = false

    init(_ db: Database, _ recent: RecentEvents, _ layout: RecentEventsLayout) throws {
        self.db = db
        self.recent = recent
        self.layout = layout
        statements = try UserEventStatements(db)
        merge = try recent.older.flatMap { UserEventMerge($0, after: try db.userEventMerge()) }
        if merge == nil { beginMerge() }
    }

    /// Reads what the table may not have: at a start, and when the connection was opened anew, before
    /// there is an index on it.
    static func load(_ recent: RecentEvents, from db: Database) throws {
        let start = EventSequence(try db.counter(counter))
        let end = try db.userEventMerge()?.end ?? start
        var (older, younger) = (RecentEvents.Generation(), RecentEvents.Generation())
        let rows = try RawStatement(
            db, sql: "SELECT user, time, sequence FROM events WHERE sequence > ? ORDER BY sequence")
        rows.bind(start.rawValue, at: 1)
        try rows.rows { row in
            let entry = RecentEvents.Entry(
                user: UserKey(sqlite3_column_int64(row, 0)),
                time: Timestamp(milliseconds: sqlite3_column_int64(row, 1)),
                sequence: EventSequence(sqlite3_column_int64(row, 2)))
            if entry.sequence <= end { older.append(entry) } else { younger.append(entry) }
        }
        recent.load(older, younger, after: start)
    }

    /// Called before each transaction.
    func refresh() throws {
        guard isStale else { return }
        // `sqlite3_reset` says the error of a failed statement again: prepare them anew.
        statements = try UserEventStatements(db)
        isStale = false
    }

    func add(_ entries: some Collection<RecentEvents.Entry>) {
        recent.append(entries)
        addedCount += entries.count
    }

    /// Takes back what was added after so many of this transaction.
    func forget(since count: Int) {
        recent.truncate(to: recent.count - (addedCount - count))
        addedCount = count
    }

    /// Goes on with the merge, as far as what was added is worth, inside the transaction.
    func write() throws {
        guard var merge else { return }
        credit += addedCount * layout.mergedPerEvent
        guard credit >= layout.mergedAtOnce else { return }
        let sequences = merge.take(credit)
        try statements.insert(sequences)
        credit -= sequences.count
        if merge.isComplete { try db.setCounter(Self.counter, merge.end.rawValue) }
        try db.setUserEventMerge(merge.progress)
        advanced = merge
    }

    func noteCommit() {
        addedCount = 0
        if let advanced {
            merge = advanced.isComplete ? nil : advanced
            if advanced.isComplete { recent.dropOlder(through: advanced.end) }
        }
        advanced = nil
        if merge == nil { beginMerge() }
    }

    /// Nothing of the transaction stays.
    func noteRollback() {
        forget(since: 0)
        (advanced, credit, isStale) = (nil, 0, true)
    }

    private func beginMerge() {
        guard let end = recent.end,
            recent.count >= layout.generation(logEnd: end.rawValue)
        else { return }
        merge = UserEventMerge(recent.split())
        credit = 0
    }
}
