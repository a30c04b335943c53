import Events
import GRDB
import Support

/// The events of one user: the table's and those that it may not have yet.
extension Database {
    /// Rows that the transaction may not see in the table, newest first. Some may not be in `events`
    /// either.
    func recentEvents(of user: UserKey, _ recent: RecentEvents) throws -> [RecentEvents.Entry] {
        let through = EventSequence(try counter(UserEventIndex.counter))
        let (entries, start) = recent.events(of: user)
        guard start > through else { return entries }
        // The memory has let go of what the table got after this transaction began, or has nothing:
        // in another process than the writer's.
        let sql = """
            SELECT time, sequence FROM events WHERE sequence > ? AND sequence <= ? AND user = ?
            ORDER BY sequence DESC
            """
        let rows = try Row.fetchAll(
            cachedStatement(sql: sql),
            arguments: [through.rawValue, start.rawValue, user.rawValue])
        return entries
            + rows.map {
                RecentEvents.Entry(
                    user: user, time: Timestamp(milliseconds: $0[0]),
                    sequence: EventSequence($0[1]))
            }
    }

    /// What a model reads of the user's newest `limit` events by (time, sequence), newest first, and
    /// the highest number of all.
    func rawHistory(
        of user: UserKey, limit: Int, types: [EventTypeKey: EventTypeTable.Entry],
        _ recent: RecentEvents
    ) throws -> (interactions: [Interaction<ItemKey>], lastSequence: Int64?) {
        func row(_ row: Row) throws -> HistoryRow {
            HistoryRow(
                sequence: row[0],
                interaction: try types.interaction(
                    item: ItemKey(row[1]), type: EventTypeKey(row[2]), value: row[3],
                    time: Timestamp(milliseconds: row[4])))
        }
        let unmerged = try recentEvents(of: user, recent)
        let newestFirst = unmerged.sorted { ($1.time, $1.sequence) < ($0.time, $0.sequence) }
        let found = try rows(
            of: newestFirst.map(\.sequence), limit: limit,
            sql: """
                SELECT e.sequence, e.item, e.type, e.value, e.time
                FROM json_each(?) AS wanted CROSS JOIN events e ON e.sequence = wanted.value
                WHERE e.user = ?
                """, user
        ).map(row)
        let table = try Row.fetchAll(
            cachedStatement(
                sql: """
                    SELECT sequence, item, type, value, time FROM user_events WHERE user = ?
                    ORDER BY time DESC, sequence DESC LIMIT ?
                    """),
            arguments: [user.rawValue, limit]
        ).map(row)
        let interactions = HistoryRow.newest(limit, of: found, and: table).map(\.interaction)
        return (interactions, try lastSequence(of: user, unmerged))
    }

    /// The highest number of the user's events.
    private func lastSequence(
        of user: UserKey, _ unmerged: [RecentEvents.Entry]
    ) throws -> Int64? {
        let exists = try cachedStatement(
            sql: "SELECT sequence FROM events WHERE sequence = ? AND user = ?")
        for entry in unmerged {
            let arguments: StatementArguments = [entry.sequence.rawValue, user.rawValue]
            if let last = try Int64.fetchOne(exists, arguments: arguments) { return last }
        }
        let sql = "SELECT max(sequence) FROM user_events WHERE user = ?"
        return try Int64.fetchOne(cachedStatement(sql: sql), arguments: [user.rawValue])
    }

    /// Rows of the first numbers that are there, at most `limit`, in no order.
    ///
    /// - Parameter sql: Its parameters are numbers as a JSON array, and the user.
    func rows(
        of sequences: [EventSequence], limit: Int, sql: String, _ user: UserKey
    ) throws -> [Row] {
        let statement = try cachedStatement(sql: sql)
        var found: [Row] = []
        var rest = sequences[...]
        // Where some aren't there, others take their places.
        while found.count < limit, !rest.isEmpty {
            let wanted = rest.prefix(limit - found.count)
            rest = rest.dropFirst(wanted.count)
            let list = wanted.map { String($0.rawValue) }.joined(separator: ",")
            found += try Row.fetchAll(statement, arguments: ["[\(list)]", user.rawValue])
        }
        return found
    }

    /// Numbers below the given one that may be the user's, highest first: at least the `limit`
    /// highest that are.
    func sequences(
        of user: UserKey, before: EventSequence, limit: Int, _ recent: RecentEvents
    ) throws -> [EventSequence] {
        let unmerged = try recentEvents(of: user, recent).map(\.sequence).filter { $0 < before }
        let sql = """
            SELECT sequence FROM user_events WHERE user = ? AND sequence < ?
            ORDER BY sequence DESC LIMIT ?
            """
        let table = try Int64.fetchAll(
            cachedStatement(sql: sql), arguments: [user.rawValue, before.rawValue, limit]
        ).map(EventSequence.init)
        return Set(unmerged + table).sorted(by: >)
    }

    /// Numbers above the given one that may be the user's.
    func sequences(
        of user: UserKey, after: EventSequence, _ recent: RecentEvents
    ) throws -> Set<EventSequence> {
        let unmerged = try recentEvents(of: user, recent).map(\.sequence).filter { $0 > after }
        let sql = "SELECT sequence FROM user_events WHERE user = ? AND sequence > ?"
        let table = try Int64.fetchAll(
            cachedStatement(sql: sql), arguments: [user.rawValue, after.rawValue]
        ).map(EventSequence.init)
        return Set(unmerged + table)
    }
}

/// An event of a history, with the number that orders those of one time.
private struct HistoryRow {
    let sequence: Int64
    let interaction: Interaction<ItemKey>

    /// Of two lists, newest first, that may have some in common.
    static func newest(
        _ limit: Int, of first: [HistoryRow], and second: [HistoryRow]
    ) -> [HistoryRow] {
        guard !first.isEmpty else { return second }
        let known = Set(first.map(\.sequence))
        let all = first + second.filter { !known.contains($0.sequence) }
        return Array(
            all.sorted {
                ($1.interaction.time, $1.sequence) < ($0.interaction.time, $0.sequence)
            }.prefix(limit))
    }
}
