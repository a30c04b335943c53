import Events
import GRDB
import GRDBSQLite
import Support

/// The statements that run for each event, or for each item of a transaction; prepared once.
struct EventStatements {
    private let insertEvent: RawStatement
    private let userKey: RawStatement
    private let insertUser: RawStatement
    private let popularity: RawStatement
    private let setPopularity: RawStatement

    init(_ db: Database) throws {
        insertEvent = try RawStatement(
            db,
            sql: """
                INSERT INTO events
                    (sequence, user, item, type, value, time, id, recommendation, session,
                     properties)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """)
        userKey = try RawStatement(db, sql: "SELECT key FROM users WHERE id = ?")
        insertUser = try RawStatement(
            db, sql: "INSERT INTO users (id, cohort_hash, known_since) VALUES (?, ?, ?)")
        popularity = try RawStatement(
            db, sql: "SELECT event_count, log2_score FROM item_popularity WHERE item = ?")
        setPopularity = try RawStatement(
            db,
            sql: """
                INSERT INTO item_popularity (item, event_count, log2_score) VALUES (?, ?, ?)
                ON CONFLICT (item)
                DO UPDATE SET event_count = excluded.event_count, log2_score = excluded.log2_score
                """)
    }

    func insert(
        _ event: Event, _ sequence: EventSequence, user: UserKey, item: ItemKey,
        type: EventTypeKey, time: Timestamp
    ) throws {
        insertEvent.bind(sequence.rawValue, at: 1)
        insertEvent.bind(user.rawValue, at: 2)
        insertEvent.bind(Int64(item.rawValue), at: 3)
        insertEvent.bind(Int64(type.rawValue), at: 4)
        insertEvent.bind(event.value, at: 5)
        insertEvent.bind(time.milliseconds, at: 6)
        insertEvent.bind(event.id, at: 7)
        insertEvent.bind(event.recommendation, at: 8)
        insertEvent.bind(event.session, at: 9)
        insertEvent.bind(event.properties, at: 10)
        try insertEvent.run()
    }

    func key(of user: UserID) throws -> UserKey? {
        userKey.bind(user.rawValue, at: 1)
        return try userKey.row { UserKey(sqlite3_column_int64($0, 0)) }
    }

    /// - Parameter end: The log's, of now.
    func insert(
        _ user: UserID, cohortHash: UInt64, knownSince end: EventSequence
    ) throws -> UserKey {
        insertUser.bind(user.rawValue, at: 1)
        insertUser.bind(Int64(bitPattern: cohortHash), at: 2)
        insertUser.bind(end.rawValue, at: 3)
        try insertUser.run()
        return UserKey(insertUser.lastInsertedRowID)
    }

    func addToPopularity(_ gains: [ItemKey: DecayedCount]) throws {
        for (item, gain) in gains {
            popularity.bind(Int64(item.rawValue), at: 1)
            let before = try popularity.row {
                DecayedCount(
                    eventCount: Int(sqlite3_column_int64($0, 0)),
                    log2Score: sqlite3_column_double($0, 1))
            }
            var count = before ?? DecayedCount()
            count.add(gain)
            setPopularity.bind(Int64(item.rawValue), at: 1)
            setPopularity.bind(Int64(count.eventCount), at: 2)
            setPopularity.bind(count.log2Score, at: 3)
            try setPopularity.run()
        }
    }
}
