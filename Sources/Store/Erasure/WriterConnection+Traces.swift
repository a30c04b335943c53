import GRDB

/// What is erased is zeroed in its page (`secure_delete`), and gone from the file when the page has
/// moved there from the write-ahead log, whose older copies of it go with its truncation.
extension WriterConnection {
    /// Milliseconds that a try waits for readers to end, the first and a later one: all writes wait
    /// as long.
    private static let patience = (first: 50, later: 5)
    /// As `Connections` sets it.
    private static let usualPatience = 10_000

    /// Moves the write-ahead log into the file and truncates it
    /// (https://www.sqlite.org/pragma.html#pragma_wal_checkpoint), which a reader's transaction may
    /// prevent. Outside of any transaction.
    func clearTraces() {
        do {
            let patience = traces.areNew ? Self.patience.first : Self.patience.later
            try db.execute(sql: "PRAGMA busy_timeout = \(patience)")
            // try?: it fails on no open connection, and less patience than usual loses nothing
            defer { try? db.execute(sql: "PRAGMA busy_timeout = \(Self.usualPatience)") }
            let row = try Row.fetchOne(db, sql: "PRAGMA wal_checkpoint(TRUNCATE)")
            let isBusy = row?[0] != 0
            if !isBusy { try inTransaction { try db.setCounter("traces", 0) } }
            traces.noteTry(succeeded: !isBusy)
        } catch {
            // The marker in the file is still set: the next turn tries again, the next start too.
            traces.noteTry(succeeded: false)
        }
    }
}
