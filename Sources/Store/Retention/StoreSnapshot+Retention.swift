import Events
import GRDB
import Support

/// The folded events, read.
extension StoreSnapshot {
    /// As training reads them, in the order of their keys: each row as the last of the events that
    /// it stands for.
    package func foldedEvents(
        after place: FoldedPlace?, limit: Int
    ) throws -> [(place: FoldedPlace, event: LoggedEvent)] {
        let types = try types.current(db)
        let sql = """
            SELECT user, item, type, last_value, last_time, last_sequence FROM folded_events
            WHERE (user, item, type) > (?, ?, ?) ORDER BY user, item, type LIMIT ?
            """
        return try Row.fetchAll(
            db.cachedStatement(sql: sql),
            arguments: [
                place?.user.rawValue ?? 0, place?.item.rawValue ?? 0, place?.type.rawValue ?? 0,
                limit,
            ]
        ).map { row in
            let place = FoldedPlace(
                user: UserKey(row[0]), item: ItemKey(row[1]), type: EventTypeKey(row[2]))
            let interaction = try types.interaction(
                item: place.item, type: place.type, value: row[3],
                time: Timestamp(milliseconds: row[4]))
            let event = LoggedEvent(
                sequence: EventSequence(row[5]), user: place.user, interaction: interaction)
            return (place, event)
        }
    }

    /// A user's, in the order of items and types.
    package func foldedEvents(
        of user: UserID, after place: (item: Int32, type: UInt16)?, limit: Int
    ) throws -> [(item: ItemKey, type: EventTypeKey, events: FoldedEvents)] {
        guard let key = try db.userKey(of: user) else { return [] }
        let sql = """
            SELECT f.item, f.type, i.id, t.name, f.count, f.first_time, f.last_time, f.last_value
            FROM folded_events f JOIN items i ON i.key = f.item JOIN event_types t ON t.key = f.type
            WHERE f.user = ? AND (f.item, f.type) > (?, ?) ORDER BY f.item, f.type LIMIT ?
            """
        return try Row.fetchAll(
            db.cachedStatement(sql: sql),
            arguments: [key.rawValue, place?.item ?? 0, place?.type ?? 0, limit]
        ).map { row in
            (
                ItemKey(row[0]), EventTypeKey(row[1]),
                FoldedEvents(
                    item: ItemID(stored: row[2]), type: row[3], count: row[4],
                    firstTime: Timestamp(milliseconds: row[5]),
                    lastTime: Timestamp(milliseconds: row[6]), lastValue: row[7])
            )
        }
    }

    /// The events after a number, oldest first.
    func agedEvents(after: EventSequence, limit: Int) throws -> [AgedEvent] {
        let sql = """
            SELECT sequence, type, time, value FROM events WHERE sequence > ?
            ORDER BY sequence LIMIT ?
            """
        return try Row.fetchAll(
            db.cachedStatement(sql: sql), arguments: [after.rawValue, limit]
        ).map {
            AgedEvent(
                sequence: EventSequence($0[0]), type: EventTypeKey($0[1]),
                time: Timestamp(milliseconds: $0[2]), value: $0[3])
        }
    }
}

/// What a rule looks at of an event.
struct AgedEvent: Sendable {
    let sequence: EventSequence
    let type: EventTypeKey
    let time: Timestamp
    let value: Double?
}
