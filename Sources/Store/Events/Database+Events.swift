import Events
import GRDB
import Support

/// Rows of the log.
extension Database {
    /// The event with the number, if it still is in the log.
    func storedEvent(_ sequence: EventSequence, meanings: EventMeanings) throws -> StoredEvent? {
        let sql = """
            SELECT e.sequence, e.user, u.id AS user_id, e.item, e.type, t.name, e.value, e.time
            FROM events e JOIN users u ON u.key = e.user JOIN event_types t ON t.key = e.type
            WHERE e.sequence = ?
            """
        let row = try Row.fetchOne(cachedStatement(sql: sql), arguments: [sequence.rawValue])
        return row.map { row in
            let item = ItemKey(row["item"])
            return StoredEvent(
                sequence: EventSequence(row["sequence"]), user: UserKey(row["user"]),
                userID: UserID(stored: row["user_id"]), item: item,
                interaction: meanings.interaction(
                    item: item, typeName: row["name"], type: EventTypeKey(row["type"]),
                    value: row["value"], time: Timestamp(milliseconds: row["time"])))
        }
    }

    /// Takes an event out of the log; it stays in the sums.
    ///
    /// - Returns: Whether it was still there.
    func deleteEvent(_ sequence: EventSequence) throws -> Bool {
        try cachedStatement(sql: "DELETE FROM events WHERE sequence = ?")
            .execute(arguments: [sequence.rawValue])
        return changesCount == 1
    }

    /// Nil for a user whom the store does not know.
    func eventNumbers(of id: UserID, _ recent: RecentEvents) throws -> UserEventNumbers? {
        guard let user = try userKey(of: id) else { return nil }
        return UserEventNumbers(
            user: user,
            numbers: try sequences(
                of: user, before: EventSequence(.max), limit: .max, recent),
            logEnd: try lastSequence())
    }
}
