import Events
import Foundation
import GRDB
import Support

/// Rows of the log, read.
extension Database {
    func verdictOnRepeat(of digest: EventDigest) throws -> EventVerdict {
        let sql = "SELECT fields_hash, sequence FROM event_ids WHERE id_hash = ?"
        let row = try Row.fetchOne(cachedStatement(sql: sql), arguments: [digest.id])
        guard let row, let fields: Data = row["fields_hash"] else {
            throw StoreError(code: .damagedRow, operation: "append", context: "event_ids")
        }
        return fields == digest.fields ? .duplicate(EventSequence(row["sequence"])) : .conflict
    }

    /// The event whose id has the hash, if it still is in the log.
    func storedEvent(idHash: Data, meanings: EventMeanings) throws -> StoredEvent? {
        try storedEvents(
            where: "e.sequence = (SELECT sequence FROM event_ids WHERE id_hash = ?)", [idHash],
            meanings: meanings
        ).first
    }

    func storedEvents(of user: UserKey, meanings: EventMeanings) throws -> [StoredEvent] {
        try storedEvents(where: "e.user = ?", [user.rawValue], meanings: meanings)
    }

    private func storedEvents(
        where condition: String, _ arguments: StatementArguments, meanings: EventMeanings
    ) throws -> [StoredEvent] {
        let sql = """
            SELECT e.sequence, e.user, u.id AS user_id, e.item, e.type, t.name, e.value, e.time
            FROM events e JOIN users u ON u.key = e.user JOIN event_types t ON t.key = e.type
            WHERE \(condition)
            """
        return try Row.fetchAll(cachedStatement(sql: sql), arguments: arguments).map { row in
            let item = ItemKey(row["item"])
            return StoredEvent(
                sequence: EventSequence(row["sequence"]), user: UserKey(row["user"]),
                userID: UserID(stored: row["user_id"]), item: item,
                interaction: meanings.interaction(
                    item: item, typeName: row["name"], type: EventTypeKey(row["type"]),
                    value: row["value"], time: Timestamp(milliseconds: row["time"])))
        }
    }
}
