import GRDB
import GRDBSQLite

/// The rows of the runs. Confined to the writer's thread.
struct EventIDStatements {
    private let appendToTail: RawStatement
    private let clearTail: RawStatement
    private let block: RawStatement
    private let lastKey: RawStatement
    private let insertBlock: RawStatement
    private let deleteBlock: RawStatement
    private let insertRun: RawStatement
    private let publishRun: RawStatement
    private let killRun: RawStatement
    private let deleteRun: RawStatement

    init(_ db: Database) throws {
        func statement(_ sql: String) throws -> RawStatement { try RawStatement(db, sql: sql) }
        appendToTail = try statement("INSERT INTO event_id_tail (entries) VALUES (?)")
        clearTail = try statement("DELETE FROM event_id_tail")
        block = try statement("SELECT entries FROM event_id_blocks WHERE key = ?")
        lastKey = try statement("SELECT max(key) FROM event_id_blocks WHERE key BETWEEN ? AND ?")
        insertBlock = try statement("INSERT INTO event_id_blocks (key, entries) VALUES (?, ?)")
        deleteBlock = try statement("DELETE FROM event_id_blocks WHERE key = ?")
        insertRun = try statement(
            """
            INSERT INTO event_id_runs (level, state, entry_count, filter)
            VALUES (?, 'writing', ?, x'')
            """)
        publishRun = try statement(
            "UPDATE event_id_runs SET state = 'live', filter = ? WHERE run = ?")
        killRun = try statement(
            "UPDATE event_id_runs SET state = 'dead', filter = x'' WHERE run = ?")
        deleteRun = try statement("DELETE FROM event_id_runs WHERE run = ?")
    }

    func append(toTail entries: [UInt8]) throws {
        entries.withUnsafeBytes { appendToTail.bind($0, at: 1) }
        try appendToTail.run()
    }

    func deleteTail() throws { try clearTail.run() }

    /// What `read` makes of a block's bytes; nil for a block without entries.
    func block<Result>(
        _ block: Int, of run: Int64, _ read: (UnsafeRawBufferPointer) -> Result
    ) throws -> Result? {
        self.block.bind(EventIDRun.key(run: run, block: block), at: 1)
        return try self.block.row { row in
            read(
                UnsafeRawBufferPointer(
                    start: sqlite3_column_blob(row, 0), count: Int(sqlite3_column_bytes(row, 0))))
        }
    }

    /// The last block of the run that has entries.
    func lastBlock(of run: Int64) throws -> Int? {
        let first = EventIDRun.key(run: run, block: 0)
        lastKey.bind(first, at: 1)
        lastKey.bind(first + Int64(UInt32.max), at: 2)
        let key = try lastKey.row { row in
            sqlite3_column_type(row, 0) == SQLITE_NULL ? nil : sqlite3_column_int64(row, 0)
        }
        return (key ?? nil).map { Int($0 - first) }
    }

    func insert(_ entries: [UInt8], asBlock block: Int, of run: Int64) throws {
        guard !entries.isEmpty else { return }
        insertBlock.bind(EventIDRun.key(run: run, block: block), at: 1)
        entries.withUnsafeBytes { insertBlock.bind($0, at: 2) }
        try insertBlock.run()
    }

    func deleteBlock(_ block: Int, of run: Int64) throws {
        deleteBlock.bind(EventIDRun.key(run: run, block: block), at: 1)
        try deleteBlock.run()
    }

    /// - Returns: The new run's number. It is nothing until it is published.
    func beginRun(level: Int, entryCount: Int) throws -> Int64 {
        insertRun.bind(Int64(level), at: 1)
        insertRun.bind(Int64(entryCount), at: 2)
        try insertRun.run()
        return insertRun.lastInsertedRowID
    }

    func publish(_ run: Int64, _ filter: EventIDFilter) throws {
        filter.withBytes { publishRun.bind($0, at: 1) }
        publishRun.bind(run, at: 2)
        try publishRun.run()
    }

    func kill(_ run: Int64) throws {
        killRun.bind(run, at: 1)
        try killRun.run()
    }

    func delete(_ run: Int64) throws {
        deleteRun.bind(run, at: 1)
        try deleteRun.run()
    }
}
