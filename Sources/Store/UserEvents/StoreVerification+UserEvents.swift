import GRDB

extension StoreVerification {
    /// The table of events by user has what the log has, up to where it is filled.
    mutating func checkUserEvents(in db: Database) throws {
        let through = try db.counter(UserEventIndex.counter)
        func sums(of table: String) throws -> Row? {
            // Sums that no two different tables are likely to share, and that don't overflow.
            try Row.fetchOne(
                db,
                sql: """
                    SELECT count(*), sum(sequence), sum(sequence % 1009 * user),
                        sum(sequence % 1009 * item), sum(sequence % 1009 * type),
                        sum(sequence % 1009 * (time % 1000003)), count(value)
                    FROM \(table) WHERE sequence <= ?
                    """, arguments: [through])
        }
        let early = try Int.fetchOne(
            db,
            sql: """
                SELECT count(*) FROM user_events WHERE sequence > ?
                    AND sequence NOT IN (SELECT sequence FROM events)
                """, arguments: [through])
        let lost = try lostRows(in: db, after: through)
        if try sums(of: "events") != sums(of: "user_events") || early != 0 || lost != 0 {
            note("the table of events by user isn't what the log has")
        }
    }

    /// Events that the merge under way has passed over.
    private func lostRows(in db: Database, after through: Int64) throws -> Int {
        guard let merge = try db.userEventMerge() else { return 0 }
        let sql = """
            SELECT count(*) FROM events e
            WHERE sequence > ? AND sequence <= ? AND (user, -sequence) < (?, 1 - ?)
                AND NOT EXISTS (
                    SELECT 1 FROM user_events u
                    WHERE u.user = e.user AND u.time = e.time AND u.sequence = e.sequence)
            """
        return try Int.fetchOne(
            db, sql: sql,
            arguments: [
                through, merge.end.rawValue, merge.user.rawValue, merge.below.rawValue,
            ]) ?? 0
    }
}
