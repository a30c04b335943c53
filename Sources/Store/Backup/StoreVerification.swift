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

    /// Reads all of the file, in one read transaction: a service may run on it.
    package static func run(on path: String) throws -> StoreVerification {
        do {
            let source = try Connections.readers(path: path, count: 1)
            let result = try source.read { db in
                var result = StoreVerification()
                try result.checkStructure(of: db)
                try Migrator().verify(db)
                try result.checkCounts(in: db)
                try result.checkEventIDs(in: db)
                try result.checkUserEvents(in: db)
                try result.checkCheckpoints(in: db)
                return result
            }
            try source.close()
            return result
        } catch {
            throw StoreError.translating(error, operation: "verify")
        }
    }

    mutating func note(_ problem: String) { problems.append(problem) }

    /// https://www.sqlite.org/pragma.html#pragma_integrity_check
    private mutating func checkStructure(of db: Database) throws {
        let found = try String.fetchAll(db, sql: "PRAGMA integrity_check")
        problems += found.filter { $0 != "ok" }
        let dangling = try Row.fetchAll(db, sql: "PRAGMA foreign_key_check").count
        let unnamed = try Int.fetchOne(
            db,
            sql: """
                SELECT count(*) FROM events WHERE user NOT IN (SELECT key FROM users)
                    OR item NOT IN (SELECT key FROM items)
                    OR type NOT IN (SELECT key FROM event_types)
                """)
        if let unnamed, unnamed > 0 {
            problems.append("\(unnamed) events name a user, item or type that is missing")
        }
        if dangling > 0 { problems.append("\(dangling) rows name others that are missing") }
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

    private mutating func checkCheckpoints(in db: Database) throws {
        for info in try db.checkpoints(model: nil) where info.state != .writing {
            checkpoints += 1
            do {
                _ = try db.loadCheckpoint(model: info.model, version: info.version)
            } catch let error as StoreError where error.code == .damagedCheckpoint {
                problems.append("version \(info.version) of \(info.model) is damaged")
            }
        }
    }
}
