import GRDB
import GRDBSQLite

/// Every id that was ever seen, as a log-structured merge tree in SQLite. Confined to the writer's
/// thread.
///
/// A random id in a tree of pages costs each transaction a page of 4 KiB for each event. Here the
/// newest ids are in memory and, in the order of their coming, in the file (the tail); a full tail
/// is written as a run of blocks by hash, and runs of one level are merged into one of the next, a
/// little with each transaction. So an id is written a few times, 32 bytes each, beside its
/// neighbours. A filter in memory tells for each run whether an id may be in it: 12 bits an id, and
/// what a start reads.
///
/// Reference: O'Neil et al., "The Log-Structured Merge-Tree", 1996; tiered as in Dayan, Idreos,
/// "Dostoevsky", 2018.
final class EventIDIndex {
    private let db: Database
    let layout: EventIDLayout
    var statements: EventIDStatements
    private let legacy: RawStatement?
    private var tail: [EventHash: EventIDEntry] = [:]
    /// In the tail since the last commit.
    private var added: [EventIDEntry] = []
    var runs: [EventIDRun] = []
    /// By level.
    var merges: [Int: EventIDMerge] = [:]
    /// Runs whose blocks are to be deleted, with the next block of each.
    var garbage: [(run: Int64, level: Int, block: Int)] = []
    /// How many ids may be merged now.
    var credit = 0
    /// Whether the transaction has changed more than the tail.
    var hasChangedRuns = false
    /// After a rollback, until what the file has is read.
    private var isStale = false

    init(_ db: Database, layout: EventIDLayout = EventIDLayout()) throws {
        self.db = db
        self.layout = layout
        statements = try EventIDStatements(db)
        let isLegacyEmpty = try Row.fetchOne(db, sql: "SELECT 1 FROM event_ids LIMIT 1") == nil
        legacy =
            isLegacyEmpty
            ? nil
            : try RawStatement(
                db, sql: "SELECT id_hash, fields_hash, sequence FROM event_ids WHERE id_hash = ?")
        try load()
    }

    /// Called before each transaction.
    func refresh() throws {
        guard isStale else { return }
        // `sqlite3_reset` says the error of a failed statement again: prepare them anew.
        statements = try EventIDStatements(db)
        if hasChangedRuns { try load() }
        (hasChangedRuns, isStale) = (false, false)
    }

    /// What was added under the id, nil for a new one.
    func entry(of id: EventHash) throws -> EventIDEntry? {
        if let entry = tail[id] { return entry }
        for run in runs.reversed() where run.filter.mayContain(id) {
            let block = EventIDRun.block(of: id, among: layout.blockCount(ofLevel: run.level))
            let found = try statements.block(block, of: run.number) {
                EventIDEntry.find(id, in: $0)
            }
            if let entry = found ?? nil { return entry }
        }
        return try legacyEntry(of: id)
    }

    /// - Precondition: The id is new.
    func add(_ entry: EventIDEntry) {
        tail[entry.id] = entry
        added.append(entry)
    }

    /// How many were added since the last commit: where `forget(since:)` goes back to.
    var addedCount: Int { added.count }

    /// Takes back what was added after so many of this transaction.
    func forget(since count: Int) {
        for entry in added[count...] { tail[entry.id] = nil }
        added.removeSubrange(count...)
    }

    /// Writes down what was added, inside the transaction, and tidies up as much as that is worth.
    func write() throws {
        guard !added.isEmpty else { return }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(added.count * EventIDEntry.byteCount)
        for entry in added { entry.append(to: &bytes) }
        try statements.append(toTail: bytes)
        credit += added.count * layout.mergedPerID
        try deleteGarbage()
        try mergeSome()
        if tail.count >= layout.tailCapacity { try flush() }
    }

    func noteCommit() {
        added.removeAll(keepingCapacity: added.count < 20_000)
        hasChangedRuns = false
    }

    /// Nothing of the transaction stays; before the next one all is as the file has it.
    func noteRollback() {
        forget(since: 0)
        isStale = true
    }

    /// Makes a run of the tail.
    private func flush() throws {
        hasChangedRuns = true
        var blocks = [[UInt8]](repeating: [], count: layout.blocks)
        var filter = EventIDFilter(entryCount: tail.count)
        for entry in tail.values {
            entry.append(to: &blocks[EventIDRun.block(of: entry.id, among: layout.blocks)])
            filter.insert(entry.id)
        }
        let number = try statements.beginRun(level: 0, entryCount: tail.count)
        for (block, entries) in blocks.enumerated() {
            try statements.insert(entries, asBlock: block, of: number)
        }
        try writeFilter(filter, of: number)
        try statements.publish(number)
        try statements.deleteTail()
        runs.append(
            EventIDRun(number: number, level: 0, entryCount: tail.count, filter: filter))
        tail.removeAll(keepingCapacity: true)
        try beginMerges()
    }

    /// That of a tail has one part.
    private func writeFilter(_ filter: EventIDFilter, of run: Int64) throws {
        let length = layout.filterPartBytes
        for (part, start) in stride(from: 0, to: filter.byteCount, by: length).enumerated() {
            let bytes = filter.bytes(from: start, atMost: length)
            try statements.insertFilterPart(bytes, number: part, of: run)
        }
    }

    private func legacyEntry(of id: EventHash) throws -> EventIDEntry? {
        guard let legacy else { return nil }
        id.withBytes { legacy.bind($0, at: 1) }
        let row = try legacy.row { row in
            var bytes: [UInt8] = []
            for column in Int32(0)...1 {
                let blob = UnsafeRawBufferPointer(
                    start: sqlite3_column_blob(row, column),
                    count: Int(sqlite3_column_bytes(row, column)))
                bytes += blob.prefix(column == 0 ? 16 : 8)
            }
            withUnsafeBytes(of: sqlite3_column_int64(row, 2).bigEndian) { bytes += $0 }
            return bytes
        }
        guard let row else { return nil }
        guard row.count == EventIDEntry.byteCount else {
            throw StoreError(code: .damagedRow, operation: "append", context: "event_ids")
        }
        return row.withUnsafeBytes { EventIDEntry($0, at: 0) }
    }

    /// Reads what the file has: the tail, the filters, the merges that a death has interrupted.
    private func load() throws {
        (tail, added, runs, merges, garbage, credit) = ([:], [], [], [:], [], 0)
        let parts = try Row.fetchCursor(db, sql: "SELECT entries FROM event_id_tail")
        while let row = try parts.next() {
            try row.withUnsafeData(atIndex: 0) { data in
                data?.withUnsafeBytes { bytes in
                    for entry in EventIDEntry.entries(of: bytes) { tail[entry.id] = entry }
                }
            }
        }
        let sql = "SELECT run, level, state, entry_count FROM event_id_runs ORDER BY run"
        let stored = try Row.fetchAll(db, sql: sql)
        for row in stored where row["state"] == "live" {
            let (run, entryCount): (Int64, Int) = (row["run"], row["entry_count"])
            guard let filter = try db.eventIDFilter(ofRun: run, entryCount: entryCount) else {
                throw StoreError(code: .damagedRow, operation: "open", context: "event_id_filters")
            }
            runs.append(
                EventIDRun(
                    number: run, level: row["level"], entryCount: entryCount, filter: filter))
        }
        for row in stored where row["state"] != "live" {
            let (run, level): (Int64, Int) = (row["run"], row["level"])
            if row["state"] == "writing",
                let merge = try merge(into: run, level: level, entryCount: row["entry_count"])
            {
                merges[merge.level] = merge
            } else {
                garbage.append((run, level, 0))
            }
        }
    }
}
