import Events
import GRDB
import GRDBSQLite
import Support

/// The keys of a row of `events`; the rest is at a place in an upload.
struct EventRow {
    let place: Int
    let sequence: EventSequence
    let user: UserKey
    let item: ItemKey
    let type: EventTypeKey
    let time: Timestamp
}

/// The statements that run for each event, or for each item of a transaction; prepared once.
struct EventStatements {
    /// Events in one statement: what SQLite does once for each, the table's last number above all,
    /// costs about as much as a row.
    private static let rowsAtOnce = 16
    private static let columns: Int32 = 10

    private let insertEvent: RawStatement
    private let insertEvents: RawStatement
    private let userKey: RawStatement
    private let insertUser: RawStatement
    private let itemKey: RawStatement
    private let insertItem: RawStatement
    private let popularity: RawStatement
    private let setPopularity: RawStatement

    init(_ db: Database) throws {
        insertEvent = try RawStatement(db, sql: Self.insertion(rows: 1))
        insertEvents = try RawStatement(db, sql: Self.insertion(rows: Self.rowsAtOnce))
        userKey = try RawStatement(db, sql: "SELECT key FROM users WHERE id = ?")
        insertUser = try RawStatement(
            db,
            sql: """
                INSERT INTO users (id, cohort_hash, known_since) VALUES (?, ?, ?)
                ON CONFLICT (id) DO NOTHING
                """)
        itemKey = try RawStatement(db, sql: "SELECT key FROM items WHERE id = ?")
        insertItem = try RawStatement(
            db, sql: "INSERT INTO items (id, is_available, created_at) VALUES (?, 1, ?)")
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

    private static func insertion(rows: Int) -> String {
        let row = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        return """
            INSERT INTO events
                (sequence, user, item, type, value, time, id, recommendation, session, properties)
            VALUES \(Array(repeating: row, count: rows).joined(separator: ", "))
            """
    }

    // MARK: - Events

    func insert(_ rows: [EventRow], of events: [Event]) throws {
        let whole = rows.count - rows.count % Self.rowsAtOnce
        for start in stride(from: 0, to: whole, by: Self.rowsAtOnce) {
            for (number, row) in rows[start..<start + Self.rowsAtOnce].enumerated() {
                bind(row, events[row.place], to: insertEvents, from: Int32(number) * Self.columns)
            }
            try insertEvents.run()
        }
        for row in rows[whole...] {
            bind(row, events[row.place], to: insertEvent, from: 0)
            try insertEvent.run()
        }
    }

    private func bind(
        _ row: EventRow, _ event: Event, to statement: RawStatement, from offset: Int32
    ) {
        statement.bind(row.sequence.rawValue, at: offset + 1)
        statement.bind(row.user.rawValue, at: offset + 2)
        statement.bind(Int64(row.item.rawValue), at: offset + 3)
        statement.bind(Int64(row.type.rawValue), at: offset + 4)
        statement.bind(event.value, at: offset + 5)
        statement.bind(row.time.milliseconds, at: offset + 6)
        statement.bind(event.id, at: offset + 7)
        statement.bind(event.recommendation, at: offset + 8)
        statement.bind(event.session, at: offset + 9)
        statement.bind(event.properties, at: offset + 10)
    }

    // MARK: - Users and items

    func key(of user: UserID) throws -> UserKey? {
        userKey.bind(user.rawValue, at: 1)
        return try userKey.row { UserKey(sqlite3_column_int64($0, 0)) }
    }

    /// - Parameter end: The log's, of now.
    /// - Returns: Nil for a user who is there already.
    func insert(
        _ user: UserID, cohortHash: UInt64, knownSince end: EventSequence
    ) throws -> UserKey? {
        insertUser.bind(user.rawValue, at: 1)
        insertUser.bind(Int64(bitPattern: cohortHash), at: 2)
        insertUser.bind(end.rawValue, at: 3)
        return try insertUser.run() == 1 ? UserKey(insertUser.lastInsertedRowID) : nil
    }

    func key(of item: ItemID) throws -> ItemKey? {
        itemKey.bind(item.rawValue, at: 1)
        return try itemKey.row { ItemKey(sqlite3_column_int($0, 0)) }
    }

    func insert(_ item: ItemID, createdAt: Timestamp) throws -> ItemKey {
        insertItem.bind(item.rawValue, at: 1)
        insertItem.bind(createdAt.milliseconds, at: 2)
        try insertItem.run()
        guard let key = Int32(exactly: insertItem.lastInsertedRowID) else {
            throw StoreRefusal.tooManyItems
        }
        return ItemKey(key)
    }

    // MARK: - Popularity

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
