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
    private let insertFilterPart: RawStatement
    private let filterSize: RawStatement
    private let deleteFilterPart: RawStatement
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
            "INSERT INTO event_id_runs (level, state, entry_count) VALUES (?, 'writing', ?)")
        insertFilterPart = try statement("INSERT INTO event_id_filters (key, bytes) VALUES (?, ?)")
        filterSize = try statement(
            "SELECT sum(length(bytes)) FROM event_id_filters WHERE key BETWEEN ? AND ?")
        deleteFilterPart = try statement(
            """
            DELETE FROM event_id_filters WHERE key =
                (SELECT max(key) FROM event_id_filters WHERE key BETWEEN ? AND ?)
            """)
        publishRun = try statement("UPDATE event_id_runs SET state = 'live' WHERE run = ?")
        killRun = try statement("UPDATE event_id_runs SET state = 'dead' WHERE run = ?")
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
        self.block.bind(EventIDRun.key(run: run, number: block), at: 1)
        return try self.block.row { row in
            read(
                UnsafeRawBufferPointer(
                    start: sqlite3_column_blob(row, 0), count: Int(sqlite3_column_bytes(row, 0))))
        }
    }

    /// The last block of the run that has entries.
    func lastBlock(of run: Int64) throws -> Int? {
        bindKeys(of: run, to: lastKey)
        let key = try lastKey.row { row in
            sqlite3_column_type(row, 0) == SQLITE_NULL ? nil : sqlite3_column_int64(row, 0)
        }
        return (key ?? nil).map { Int($0 - EventIDRun.key(run: run, number: 0)) }
    }

    func insert(_ entries: [UInt8], asBlock block: Int, of run: Int64) throws {
        guard !entries.isEmpty else { return }
        insertBlock.bind(EventIDRun.key(run: run, number: block), at: 1)
        entries.withUnsafeBytes { insertBlock.bind($0, at: 2) }
        try insertBlock.run()
    }

    func deleteBlock(_ block: Int, of run: Int64) throws {
        deleteBlock.bind(EventIDRun.key(run: run, number: block), at: 1)
        try deleteBlock.run()
    }

    /// - Returns: The new run's number. It is nothing until it is published.
    func beginRun(level: Int, entryCount: Int) throws -> Int64 {
        insertRun.bind(Int64(level), at: 1)
        insertRun.bind(Int64(entryCount), at: 2)
        try insertRun.run()
        return insertRun.lastInsertedRowID
    }

    func publish(_ run: Int64) throws {
        publishRun.bind(run, at: 1)
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

    // MARK: - Filters

    func insertFilterPart(_ bytes: [UInt8], number: Int, of run: Int64) throws {
        insertFilterPart.bind(EventIDRun.key(run: run, number: number), at: 1)
        bytes.withUnsafeBytes { insertFilterPart.bind($0, at: 2) }
        try insertFilterPart.run()
    }

    /// How many bytes of the run's filter are in the file.
    func filterSize(of run: Int64) throws -> Int {
        bindKeys(of: run, to: filterSize)
        return Int(try filterSize.row { sqlite3_column_int64($0, 0) } ?? 0)
    }

    /// Deletes the last part of the run's filter.
    ///
    /// - Returns: False where there is none.
    func deleteFilterPart(of run: Int64) throws -> Bool {
        bindKeys(of: run, to: deleteFilterPart)
        return try deleteFilterPart.run() > 0
    }

    private func bindKeys(of run: Int64, to statement: RawStatement) {
        let keys = EventIDRun.keys(ofRun: run)
        statement.bind(keys.lowerBound, at: 1)
        statement.bind(keys.upperBound, at: 2)
    }
}
