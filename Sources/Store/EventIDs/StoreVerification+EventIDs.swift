import GRDB
import GRDBSQLite

extension StoreVerification {
    /// Each run of event ids has as many as it was written with, and each id is found: one that its
    /// filter denies, or that lies in another block than its own, would be stored twice.
    ///
    /// A run that is merged meanwhile is met again as a part of a later one.
    mutating func checkEventIDs(
        in file: some DatabaseReader, layout: EventIDLayout = EventIDLayout()
    ) throws {
        var last: Int64 = 0
        while let run = try file.read({ try StoredEventIDRun($0, after: last, layout) }) {
            last = run.number
            guard let found = try run.find(in: file) else { continue }
            if run.filter == nil { note("the filter of run \(run.number) of event ids is damaged") }
            if found.count != run.entryCount {
                note(
                    "run \(run.number) has \(found.count) ids of events, "
                        + "but \(run.entryCount) were written")
            }
            if found.lost > 0 {
                note(
                    "\(found.lost) ids of events in run \(run.number) aren't found when they "
                        + "come again")
            }
        }
    }
}

/// A run as the file has it.
private struct StoredEventIDRun {
    /// Blocks of about 2 KiB in one transaction.
    private static let blocksAtOnce = 4096

    let number: Int64
    let entryCount: Int
    /// Nil where it isn't one of so many ids.
    let filter: EventIDFilter?
    private let blockCount: Int

    /// The first one behind a number; nil behind the last.
    init?(_ db: Database, after last: Int64, _ layout: EventIDLayout) throws {
        let sql = """
            SELECT run, level, entry_count FROM event_id_runs WHERE state = 'live' AND run > ?
            ORDER BY run LIMIT 1
            """
        guard let row = try Row.fetchOne(db, sql: sql, arguments: [last]) else { return nil }
        (number, entryCount) = (row["run"], row["entry_count"])
        filter = try db.eventIDFilter(ofRun: number, entryCount: entryCount)
        blockCount = layout.blockCount(ofLevel: row["level"])
    }

    /// How many ids it has, and how many of them nobody finds; nil where it is merged meanwhile.
    func find(in file: some DatabaseReader) throws -> (count: Int, lost: Int)? {
        var found = (count: 0, lost: 0)
        for block in stride(from: 0, to: blockCount, by: Self.blocksAtOnce) {
            let first = EventIDRun.key(run: number, number: block)
            let isThere = try file.read { db in
                try find(in: first...first + Int64(Self.blocksAtOnce) - 1, db, &found)
            }
            guard isThere else { return nil }
        }
        return found
    }

    /// False where the run isn't live any more.
    private func find(
        in keys: ClosedRange<Int64>, _ db: Database, _ found: inout (count: Int, lost: Int)
    ) throws -> Bool {
        let sql = "SELECT 1 FROM event_id_runs WHERE state = 'live' AND run = ?"
        guard try Row.fetchOne(db, sql: sql, arguments: [number]) != nil else { return false }
        let blocks = try RawStatement(
            db, sql: "SELECT key, entries FROM event_id_blocks WHERE key BETWEEN ? AND ?")
        blocks.bind(keys.lowerBound, at: 1)
        blocks.bind(keys.upperBound, at: 2)
        try blocks.rows { row in
            let block = Int(sqlite3_column_int64(row, 0) - EventIDRun.key(run: number, number: 0))
            let bytes = UnsafeRawBufferPointer(
                start: sqlite3_column_blob(row, 1), count: Int(sqlite3_column_bytes(row, 1)))
            for entry in EventIDEntry.entries(of: bytes) {
                found.count += 1
                let isFound =
                    EventIDRun.block(of: entry.id, among: blockCount) == block
                    && filter?.mayContain(entry.id) ?? true
                found.lost += isFound ? 0 : 1
            }
        }
        return true
    }
}
