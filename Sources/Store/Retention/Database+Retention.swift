import Events
import GRDB
import Support

/// An event that is to leave the log.
struct OldEvent: Sendable {
    let sequence: EventSequence
    let isFolded: Bool
    /// It counts for the item's popularity.
    let isPositive: Bool
}

/// Rows of the folded events.
extension Database {
    /// - Returns: Whether the event was still there.
    func fold(_ event: OldEvent) throws -> Bool {
        try cachedStatement(
            sql: """
                INSERT INTO folded_events (
                    user, item, type, count, positive, first_time, last_time, last_value,
                    last_sequence)
                SELECT user, item, type, 1, ?2, time, time, value, sequence
                FROM events WHERE sequence = ?1
                ON CONFLICT DO UPDATE SET count = count + 1,
                    positive = positive + excluded.positive,
                    first_time = min(first_time, excluded.first_time),
                    last_value = CASE WHEN (excluded.last_time, excluded.last_sequence)
                        > (last_time, last_sequence) THEN excluded.last_value ELSE last_value END,
                    last_time = max(last_time, excluded.last_time),
                    last_sequence = max(last_sequence, excluded.last_sequence)
                """
        ).execute(arguments: [event.sequence.rawValue, event.isPositive])
        return try deleteEvent(event.sequence)
    }

    /// Whose event it is.
    func user(of sequence: EventSequence) throws -> UserID? {
        let sql = "SELECT id FROM users WHERE key = (SELECT user FROM events WHERE sequence = ?)"
        return try String.fetchOne(cachedStatement(sql: sql), arguments: [sequence.rawValue])
            .map(UserID.init(stored:))
    }

    /// A user's folded events as a model reads them, the newest `limit`, newest first: each row as
    /// the last of the events that it stands for.
    func foldedHistory(
        of user: UserKey, limit: Int, types: [EventTypeKey: EventTypeTable.Entry]
    ) throws -> (interactions: [Interaction<ItemKey>], lastSequence: Int64?) {
        let sql = """
            SELECT item, type, last_value, last_time, last_sequence FROM folded_events
            WHERE user = ? ORDER BY last_time DESC, last_sequence DESC
            """
        let rows = try Row.fetchCursor(cachedStatement(sql: sql), arguments: [user.rawValue])
        var interactions: [Interaction<ItemKey>] = []
        var last: Int64?
        while let row = try rows.next() {
            last = max(last ?? 0, row[4])
            guard interactions.count < limit else { continue }
            interactions.append(
                try types.interaction(
                    item: ItemKey(row[0]), type: EventTypeKey(row[1]), value: row[2],
                    time: Timestamp(milliseconds: row[3])))
        }
        return (interactions, last)
    }

    /// Deletes so many of the user's folded rows.
    ///
    /// - Returns: How many these were, how many events they stood for, and what of them counted for
    ///   an item's popularity.
    func deleteFolded(
        of user: UserKey, limit: Int
    ) throws -> (rows: Int, events: Int, positive: [StoreErasure.Folded]) {
        let sql = """
            DELETE FROM folded_events WHERE user = ?1 AND (item, type) IN
                (SELECT item, type FROM folded_events WHERE user = ?1 LIMIT ?2)
            RETURNING item, positive, first_time, count
            """
        let rows = try Row.fetchAll(
            cachedStatement(sql: sql), arguments: [user.rawValue, limit])
        let positive = rows.filter { $0[1] > 0 }.map {
            StoreErasure.Folded(
                item: ItemKey($0[0]), count: $0[1], since: Timestamp(milliseconds: $0[2]))
        }
        return (rows.count, rows.reduce(0) { $0 + ($1[3] as Int) }, positive)
    }
}
