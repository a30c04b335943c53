import Events
import GRDB
import Support

/// The log, read.
extension StoreSnapshot {
    /// The user's newest `limit` events by (time, sequence), oldest first; what was folded counts as
    /// the last event of each kind. Nil for a user whom the store does not know.
    package func history(of user: UserID, limit: Int) throws -> UserHistory? {
        guard let key = try db.userKey(of: user) else { return nil }
        let types = try types.current(db)
        let raw = try db.rawHistory(of: key, limit: limit, types: types, recentEvents)
        var interactions = raw.interactions
        let folded = try db.foldedHistory(of: key, limit: limit, types: types)
        if folded.interactions.isEmpty {
            interactions.reverse()
        } else {
            // Of the same time, what was folded came first.
            interactions = (folded.interactions.reversed() + interactions.reversed())
                .enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }
                .suffix(limit).map(\.element)
        }
        let last = [raw.lastSequence, folded.lastSequence].compactMap(\.self).max()
        let attributes = try db.attributes(of: key)
        return UserHistory(
            user: key, interactions: interactions, lastSequence: last.map(EventSequence.init),
            attributes: try UserAttributes(stored: attributes),
            attributeBytes: attributes?.utf8.count ?? 0)
    }

    /// The user's events with a number below the given one, newest first.
    package func events(
        of user: UserID, before: EventSequence? = nil, limit: Int
    ) throws -> [EventRecord] {
        guard let key = try db.userKey(of: user) else { return [] }
        let numbers = try db.sequences(
            of: key, before: before ?? EventSequence(.max), limit: limit, recentEvents)
        return try events(of: user, key, numbered: numbers, limit: limit)
    }

    /// Nil for a user whom the store does not know.
    package func eventNumbers(of user: UserID) throws -> UserEventNumbers? {
        try db.eventNumbers(of: user, recentEvents)
    }

    /// Those of the numbers that are events of the user's, highest first.
    package func events(
        of user: UserID, _ key: UserKey, numbered numbers: some Collection<EventSequence>,
        limit: Int = .max
    ) throws -> [EventRecord] {
        let sql = """
            SELECT e.sequence, e.id, t.name, i.id AS item, e.value, e.time, e.recommendation,
                   e.session, e.properties
            FROM json_each(?) AS wanted CROSS JOIN events e ON e.sequence = wanted.value
            JOIN items i ON i.key = e.item JOIN event_types t ON t.key = e.type
            WHERE e.user = ?
            """
        return try db.rows(of: Array(numbers), limit: limit, sql: sql, key)
            .map { EventRecord($0, user: user) }.sorted { $0.sequence > $1.sequence }
    }

    /// The log after one number up to another, oldest first: at most `limit` events, so that a
    /// long log is read in many short transactions.
    package func logRange(
        after: EventSequence, through: EventSequence, limit: Int
    ) throws -> [LoggedEvent] {
        let types = try types.current(db)
        let rows = try Row.fetchCursor(
            db.cachedStatement(
                sql: """
                    SELECT sequence, user, item, type, value, time FROM events
                    WHERE sequence > ? AND sequence <= ? ORDER BY sequence LIMIT ?
                    """),
            arguments: [after.rawValue, through.rawValue, limit])
        var events: [LoggedEvent] = []
        while let row = try rows.next() {
            let interaction = try types.interaction(
                item: ItemKey(row[2]), type: EventTypeKey(row[3]), value: row[4],
                time: Timestamp(milliseconds: row[5]))
            events.append(
                LoggedEvent(
                    sequence: EventSequence(row[0]), user: UserKey(row[1]),
                    interaction: interaction))
        }
        return events
    }

    /// The time of the newest event of the log; nil without any.
    package func newestEventTime() throws -> Timestamp? {
        let time = try db.counter("newest_event_time")
        return time == 0 ? nil : Timestamp(milliseconds: time)
    }

    /// Every item with a positive event, the most popular first. Reads no event.
    package func popularity() throws -> [ItemPopularity] {
        let halfLife = try db.popularityHalfLife()
        let newest = Timestamp(milliseconds: try db.counter("newest_event_time"))
        let sql = """
            SELECT item, event_count, log2_score FROM item_popularity
            ORDER BY log2_score DESC, item
            """
        return try Row.fetchAll(db.cachedStatement(sql: sql)).map { row in
            let count = DecayedCount(eventCount: row[1], log2Score: row[2])
            return ItemPopularity(
                item: ItemKey(row[0]), count: count,
                score: count.score(at: newest, halfLife: halfLife))
        }
    }
}

extension EventRecord {
    fileprivate init(_ row: Row, user: UserID) {
        let time = Timestamp(milliseconds: row["time"])
        sequence = EventSequence(row["sequence"])
        event = Event(
            id: row["id"], type: row["name"], user: user, item: ItemID(stored: row["item"]),
            value: row["value"], time: time, recommendation: row["recommendation"],
            session: row["session"], properties: row["properties"])
        self.time = time
    }
}
