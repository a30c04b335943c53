import GRDB
import Support

/// Whether a database is whole: SQLite's own checks, the sums against the rows they stand for, the
/// bytes of every checkpoint against its checksum.
package struct StoreVerification: Sendable, Equatable {
    package private(set) var events = 0
    package private(set) var users = 0
    package private(set) var items = 0
    package private(set) var recommendations = 0
    package private(set) var checkpoints = 0
    /// What is wrong, a sentence each; empty where nothing is.
    package private(set) var problems: [String] = []

    /// Events in one transaction, where they are read in parts.
    private static let partLength = 100_000

    /// Reads all of the file. A service may run on it: no check keeps a transaction longer than it
    /// must, since the write-ahead log grows as long as one reads.
    package static func run(on path: String) throws -> StoreVerification {
        do {
            let file = try Connections.readers(path: path, count: 1)
            var result = StoreVerification()
            try result.checkStructure(of: file)
            try file.read { db in try Migrator().verify(db) }
            try result.checkNames(in: file, partLength: partLength)
            try file.read { db in try result.checkCounts(in: db) }
            try result.checkEventIDs(in: file)
            try file.read { db in try result.checkUserEvents(in: db) }
            try result.checkCheckpoints(in: file)
            try file.close()
            return result
        } catch {
            throw StoreError.translating(error, operation: "verify")
        }
    }

    mutating func note(_ problem: String) { problems.append(problem) }

    /// https://www.sqlite.org/pragma.html#pragma_integrity_check
    private mutating func checkStructure(of file: some DatabaseReader) throws {
        let found = try file.read { try String.fetchAll($0, sql: "PRAGMA integrity_check") }
        problems += found.filter { $0 != "ok" }
        let dangling = try file.read { try Row.fetchAll($0, sql: "PRAGMA foreign_key_check") }
        if !dangling.isEmpty { note("\(dangling.count) rows name others that are missing") }
    }

    /// No foreign keys watch over the events.
    mutating func checkNames(in file: some DatabaseReader, partLength: Int) throws {
        var missing = ["user": 0, "item": 0, "type": 0]
        var last: Int64 = 0
        while let part = try file.read({ db in
            try Self.part(of: db, after: last, length: partLength)
        }) {
            last = part.end
            missing.merge(part.missing, uniquingKeysWith: +)
        }
        for (column, count) in missing.sorted(by: { $0.key < $1.key }) where count > 0 {
            note("\(count) events name a \(column) that is missing")
        }
    }

    /// How many of the next numbers' events name what isn't there; nil behind the last event.
    private static func part(
        of db: Database, after last: Int64, length: Int
    ) throws -> (end: Int64, missing: [String: Int])? {
        let sql = "SELECT min(sequence) FROM events WHERE sequence > ?"
        guard let start = try Int64.fetchOne(db, sql: sql, arguments: [last]) else { return nil }
        let end = start + Int64(length) - 1
        var missing: [String: Int] = [:]
        for (column, table) in [("user", "users"), ("item", "items"), ("type", "event_types")] {
            // Grouped, so that they are looked up in the order of their keys.
            let sql = """
                SELECT sum(count) FROM (SELECT \(column) AS name, count(*) AS count FROM events
                    WHERE sequence BETWEEN ? AND ? GROUP BY \(column))
                WHERE name NOT IN (SELECT key FROM \(table))
                """
            missing[column] = try Int.fetchOne(db, sql: sql, arguments: [start, end]) ?? 0
        }
        return (end, missing)
    }

    private mutating func checkCounts(in db: Database) throws {
        events = try count("events", in: db)
        users = try count("users", in: db)
        items = try count("items", where: "is_deleted = 0", in: db)
        recommendations = try count("recommendations", in: db)
        let folded = try Int64.fetchOne(db, sql: "SELECT sum(count) FROM folded_events") ?? 0
        let counted = try db.counter("folded_events")
        if folded != counted {
            problems.append("\(folded) folded events are there, but \(counted) were counted")
        }
        let last = try Int64.fetchOne(db, sql: "SELECT max(sequence) FROM events") ?? 0
        let given = try db.lastSequence().rawValue
        if last > given {
            problems.append("event \(last) is there, but only \(given) numbers were given out")
        }
    }

    private mutating func count(
        _ table: String, where condition: String = "TRUE", in db: Database
    ) throws -> Int {
        let sql = "SELECT count(*) FROM \(table) WHERE \(condition)"
        let rows = try Int.fetchOne(db, sql: sql) ?? 0
        let counted = Int(try db.counter(table))
        if rows != counted {
            problems.append("\(rows) \(table) are there, but \(counted) were counted")
        }
        return rows
    }

    private mutating func checkCheckpoints(in file: some DatabaseReader) throws {
        let listed = try file.read { try $0.checkpoints(model: nil) }
        for info in listed where info.state != .writing {
            do {
                let isThere = try file.read { db in
                    // It may have been removed meanwhile.
                    guard try db.checkpoint(info.id) != nil else { return false }
                    _ = try db.loadCheckpoint(model: info.model, version: info.version)
                    return true
                }
                checkpoints += isThere ? 1 : 0
            } catch let error as StoreError where error.code == .damagedCheckpoint {
                checkpoints += 1
                problems.append("version \(info.version) of \(info.model) is damaged")
            }
        }
    }
}
