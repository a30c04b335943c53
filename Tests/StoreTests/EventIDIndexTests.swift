import Foundation
import GRDB
import Support
import Testing

@testable import Store

/// The merge tree of ids against a dictionary.
@Suite struct EventIDIndexTests {
    private var ids: EventIDFixture
    private var database: DatabaseQueue { ids.database }

    init() throws { ids = try EventIDFixture() }

    private mutating func entries(_ count: Int, from sequence: Int) -> [EventIDEntry] {
        ids.entries(count, from: sequence)
    }

    private func index(_ db: Database) throws -> EventIDIndex { try ids.index(db) }

    private func append(
        _ entries: [EventIDEntry], to index: EventIDIndex, _ db: Database, commits: Bool = true
    ) throws {
        try ids.append(entries, to: index, db, commits: commits)
    }

    private func expectAll(_ known: [EventIDEntry], in index: EventIDIndex) throws {
        try ids.expectAll(known, in: index)
    }

    @Test mutating func remembersEveryIDThroughMergesRollbacksAndStarts() throws {
        let sizes = (0..<400).map { _ in Int.random(in: 1...17, using: &ids.random) }
        var groups: [[EventIDEntry]] = []
        for size in sizes { groups.append(entries(size, from: groups.reduce(0) { $0 + $1.count })) }
        let undone = entries(30, from: 1_000_000)
        try database.inDatabase { db in
            var index = try index(db)
            var known: [EventIDEntry] = []
            for (number, group) in groups.enumerated() {
                if number % 20 == 3 {
                    try append(undone, to: index, db, commits: false)
                    for entry in undone { #expect(try index.entry(of: entry.id) == nil) }
                }
                try append(group, to: index, db)
                known += group
                if number % 100 == 99 {
                    index = try self.index(db)
                    try expectAll(known, in: index)
                }
            }
            try expectAll(known, in: index)
            #expect(index.runs.contains { $0.level >= 2 })
            #expect(index.runs.count < 25)
        }
    }

    /// A merge takes longer than any of the processes lives.
    @Test mutating func goesOnWithMergesOverStarts() throws {
        let groups = (0..<200).map { entries(10, from: $0 * 10) }
        try database.inDatabase { db in
            for group in groups { try append(group, to: try index(db), db) }
            let index = try index(db)
            #expect(index.runs.contains { $0.level >= 3 })
            #expect(index.runs.count < 15)
            try expectAll(groups.flatMap { $0 }, in: index)
        }
    }

    @Test mutating func leavesNoBlocksBehind() throws {
        let groups = (0..<200).map { entries(10, from: $0 * 10) }
        let more = (200..<300).map { entries(10, from: $0 * 10) }
        try database.inDatabase { db in
            let index = try index(db)
            for group in groups { try append(group, to: index, db) }
            for group in more where !index.garbage.isEmpty { try append(group, to: index, db) }
            let needed = Set(index.runs.map(\.number) + index.merges.values.map(\.output))
            let keys = try Int64.fetchAll(db, sql: "SELECT key FROM event_id_blocks")
            #expect(Set(keys.map { $0 >> 32 }).isSubset(of: needed))
            let parts = try Int64.fetchAll(db, sql: "SELECT key FROM event_id_filters")
            #expect(Set(parts.map { $0 >> 32 }).isSubset(of: needed))
        }
    }

    @Test mutating func verificationTellsOfALostBlock() throws {
        let groups = (0..<20).map { entries(10, from: $0 * 10) }
        #expect(try ids.problems() == [])
        try database.inDatabase { db in
            let index = try index(db)
            for group in groups { try append(group, to: index, db) }
        }
        #expect(try ids.problems() == [])
        try database.inDatabase { db in
            let run = try #require(try index(db).runs.first)
            try db.execute(
                sql: """
                    DELETE FROM event_id_blocks
                    WHERE key = (SELECT min(key) FROM event_id_blocks WHERE key >> 32 = ?)
                    """, arguments: [run.number])
        }
        let problems = try ids.problems()
        #expect(problems.count == 1)
        #expect(problems.first?.contains("were written") == true, "\(problems)")
    }

    @Test mutating func findsIDsOfTheTreeThatCameBefore() throws {
        let old = try #require(entries(1, from: 7).first)
        let new = entries(3, from: 8)
        try database.inDatabase { db in
            let statement = try RawStatement(
                db, sql: "INSERT INTO event_ids (id_hash, fields_hash, sequence) VALUES (?, ?, 7)")
            old.id.withBytes { statement.bind($0, at: 1) }
            EventHash(high: old.fields, low: 99).withBytes { statement.bind($0, at: 2) }
            try statement.run()
            let index = try index(db)
            #expect(try index.entry(of: old.id) == old)
            try append(new, to: index, db)
            try expectAll(new + [old], in: index)
        }
    }

    @Test mutating func aFilterHasWhatWasPutIntoItAndLittleElse() throws {
        let (inside, outside) = (entries(5000, from: 0), entries(5000, from: 5000))
        var filter = EventIDFilter(entryCount: inside.count)
        for entry in inside { filter.insert(entry.id) }
        var read = EventIDFilter(entryCount: inside.count)
        for start in stride(from: 0, to: filter.byteCount, by: 1024) {
            let part = filter.bytes(from: start, atMost: 1024)
            #expect(part.withUnsafeBytes { read.load($0, from: start) })
            let wrong = part.withUnsafeBytes { read.load($0, from: filter.byteCount) }
            #expect(!wrong)
        }
        #expect(inside.allSatisfy { read.mayContain($0.id) })
        #expect(outside.count { read.mayContain($0.id) } < 150)
    }
}
