import GRDB

extension StoreVerification {
    /// Each run of event ids has as many as it was written with.
    mutating func checkEventIDs(in db: Database) throws {
        let sql = "SELECT run, entry_count FROM event_id_runs WHERE state = 'live'"
        for row in try Row.fetchAll(db, sql: sql) {
            let run: Int64 = row["run"]
            let expected: Int = row["entry_count"]
            let found = try Int.fetchOne(
                db,
                sql: """
                    SELECT coalesce(sum(length(entries)), 0) / ? FROM event_id_blocks
                    WHERE key BETWEEN ? AND ?
                    """,
                arguments: [
                    EventIDEntry.byteCount, EventIDRun.keys(ofRun: run).lowerBound,
                    EventIDRun.keys(ofRun: run).upperBound,
                ])
            if found != expected {
                note("run \(run) has \(found ?? 0) ids of events, but \(expected) were written")
            }
        }
    }
}
