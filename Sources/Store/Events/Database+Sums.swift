import GRDB
import Support

/// The sums that are kept up with the log, so that no start and no statistic reads all of it.
extension Database {
    /// The number that was given out last; also where that event is erased.
    func lastSequence() throws -> EventSequence {
        let sql = "SELECT seq FROM sqlite_sequence WHERE name = 'events'"
        return EventSequence(try Int64.fetchOne(cachedStatement(sql: sql)) ?? 0)
    }

    func counter(_ name: String) throws -> Int64 {
        let statement = try cachedStatement(sql: "SELECT value FROM counters WHERE name = ?")
        return try Int64.fetchOne(statement, arguments: [name]) ?? 0
    }

    func addToCounters(_ changes: PendingChanges) throws {
        let counts = [
            ("events", changes.eventCount), ("users", changes.userCount),
            ("items", changes.itemCount), ("recommendations", changes.recommendationCount),
            ("folded_events", changes.foldedCount),
        ]
        let sql = "UPDATE counters SET value = value + ? WHERE name = ?"
        for (name, count) in counts where count != 0 {
            try cachedStatement(sql: sql).execute(arguments: [count, name])
        }
        guard let time = changes.newestEventTime else { return }
        try cachedStatement(
            sql: "UPDATE counters SET value = max(value, ?) WHERE name = 'newest_event_time'"
        ).execute(arguments: [time.milliseconds])
    }

    /// Changes what is there; an item without any stays so.
    func changePopularity(
        of item: ItemKey, _ change: (inout DecayedCount) -> Void
    ) throws {
        guard var count = try popularity(of: item) else { return }
        change(&count)
        try setPopularity(of: item, count)
    }

    private func popularity(of item: ItemKey) throws -> DecayedCount? {
        let sql = "SELECT event_count, log2_score FROM item_popularity WHERE item = ?"
        return try Row.fetchOne(cachedStatement(sql: sql), arguments: [item.rawValue]).map {
            DecayedCount(eventCount: $0["event_count"], log2Score: $0["log2_score"])
        }
    }

    private func setPopularity(of item: ItemKey, _ count: DecayedCount) throws {
        // Nothing left: SQLite would store the score of minus infinity, but nobody reads it.
        guard count.log2Score > -.infinity else {
            try cachedStatement(sql: "DELETE FROM item_popularity WHERE item = ?")
                .execute(arguments: [item.rawValue])
            return
        }
        try cachedStatement(
            sql: """
                INSERT INTO item_popularity (item, event_count, log2_score) VALUES (?, ?, ?)
                ON CONFLICT (item)
                DO UPDATE SET event_count = excluded.event_count, log2_score = excluded.log2_score
                """
        ).execute(arguments: [item.rawValue, count.eventCount, count.log2Score])
    }
}
