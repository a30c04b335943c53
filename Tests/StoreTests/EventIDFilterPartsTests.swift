import Foundation
import GRDB
import Support
import Testing

@testable import Store

/// Filters on their way into the file and out of it, a part at a time.
@Suite struct EventIDFilterPartsTests {
    private var ids: EventIDFixture
    private var database: DatabaseQueue { ids.database }

    init() throws { ids = try EventIDFixture() }

    /// The parts that are in the file, by their keys.
    private func parts(in db: Database) throws -> [Int64: Int] {
        let rows = try Row.fetchAll(db, sql: "SELECT key, length(bytes) FROM event_id_filters")
        return Dictionary(uniqueKeysWithValues: rows.map { ($0[0], $0[1]) })
    }

    /// What the file has of a filter is what the ids of its run make of a new one.
    private func expectFiltersOfTheirIDs(in index: EventIDIndex, _ db: Database) throws {
        for run in index.runs {
            let keys = EventIDRun.keys(ofRun: run.number)
            let bounds: StatementArguments = [keys.lowerBound, keys.upperBound]
            let blocks = try Data.fetchAll(
                db, sql: "SELECT entries FROM event_id_blocks WHERE key BETWEEN ? AND ?",
                arguments: bounds)
            let parts = try Data.fetchAll(
                db,
                sql: "SELECT bytes FROM event_id_filters WHERE key BETWEEN ? AND ? ORDER BY key",
                arguments: bounds)
            let entries = blocks.flatMap { $0.withUnsafeBytes { EventIDEntry.entries(of: $0) } }
            #expect(entries.count == run.entryCount)
            var filter = EventIDFilter(entryCount: run.entryCount)
            for entry in entries { filter.insert(entry.id) }
            #expect([UInt8](parts.joined()) == filter.bytes(from: 0, atMost: filter.byteCount))
        }
    }

    /// A transaction of one id pays for five: for at most three parts, and one of a full tail.
    @Test mutating func aTransactionWritesAndRemovesFewParts() throws {
        let groups = (0..<2500).map { ids.entries(1, from: $0) }
        try database.inDatabase { db in
            let index = try ids.index(db)
            var before: [Int64: Int] = [:]
            var (mostWritten, mostRemoved) = (0, 0)
            for group in groups {
                try ids.append(group, to: index, db)
                let after = try parts(in: db)
                mostWritten = max(mostWritten, after.keys.count { before[$0] == nil })
                mostRemoved = max(mostRemoved, before.keys.count { after[$0] == nil })
                before = after
            }
            #expect(before.values.allSatisfy { $0 == 64 })
            #expect(1...4 ~= mostWritten)
            #expect(1...3 ~= mostRemoved)
            let largest = try #require(index.runs.map(\.filter.byteCount).max())
            #expect(largest > 10 * 64)
            try ids.expectAll(groups.flatMap { $0 }, in: index)
            try expectFiltersOfTheirIDs(in: index, db)
        }
    }

    /// Each process dies after one transaction.
    @Test mutating func goesOnWithAFilterThatWasCutOff() throws {
        let groups = (0..<1200).map { ids.entries(2, from: 2 * $0) }
        try database.inDatabase { db in
            var begun = 0
            for group in groups {
                let index = try ids.index(db)
                begun += index.merges.values.count {
                    0 < $0.writtenBytes && $0.writtenBytes < $0.filter.byteCount
                }
                try ids.append(group, to: index, db)
            }
            #expect(begun > 5)
            let index = try ids.index(db)
            #expect(index.runs.contains { $0.level >= 2 })
            try ids.expectAll(groups.flatMap { $0 }, in: index)
            try expectFiltersOfTheirIDs(in: index, db)
        }
    }

    @Test mutating func aTransactionThatFailsLeavesNoPart() throws {
        let groups = (0..<1200).map { ids.entries(2, from: 2 * $0) }
        let undone = ids.entries(3, from: 1_000_000)
        try database.inDatabase { db in
            let index = try ids.index(db)
            var known: [EventIDEntry] = []
            for group in groups {
                if index.merges.values.contains(where: { $0.writtenBytes > 0 }) {
                    try ids.append(undone, to: index, db, commits: false)
                }
                try ids.append(group, to: index, db)
                known += group
            }
            try ids.expectAll(known, in: index)
            try expectFiltersOfTheirIDs(in: index, db)
        }
    }

    /// The merge's inputs are others than those of which it was begun.
    @Test mutating func whatAMergeWroteOfNoUseIsRemoved() throws {
        let groups = (0..<1200).map { ids.entries(1, from: $0) }
        let more = (120..<420).map { ids.entries(10, from: 10 * $0) }
        try database.inDatabase { db in
            var index = try ids.index(db)
            var known: [EventIDEntry] = []
            for group in groups where known.count < 400 || !hasBegunFilter(index) {
                try ids.append(group, to: index, db)
                known += group
            }
            let merge = try #require(index.merges.values.first { $0.writtenBytes > 0 })
            try db.execute(
                sql: "UPDATE event_id_runs SET entry_count = entry_count + 1 WHERE run = ?",
                arguments: [merge.output])
            index = try ids.index(db)
            #expect(index.garbage.contains { $0.run == merge.output })
            for group in more where index.garbage.contains(where: { $0.run == merge.output }) {
                try ids.append(group, to: index, db)
                known += group
            }
            let keys = EventIDRun.keys(ofRun: merge.output)
            #expect(try parts(in: db).keys.allSatisfy { !keys.contains($0) })
            try ids.expectAll(known, in: index)
            try expectFiltersOfTheirIDs(in: index, db)
        }
    }

    private func hasBegunFilter(_ index: EventIDIndex) -> Bool {
        index.merges.values.contains {
            0 < $0.writtenBytes && $0.writtenBytes < $0.filter.byteCount
        }
    }

    /// Of the runs that these groups make, one whose filter has several parts.
    private func longRun(of groups: [[EventIDEntry]], _ db: Database) throws -> EventIDRun {
        let index = try ids.index(db)
        for group in groups { try ids.append(group, to: index, db) }
        return try #require(index.runs.first { $0.filter.byteCount > 64 })
    }

    @Test mutating func aLostPartIsTold() throws {
        let groups = (0..<30).map { ids.entries(10, from: $0 * 10) }
        try database.inDatabase { db in
            let run = try longRun(of: groups, db)
            try db.execute(
                sql: "DELETE FROM event_id_filters WHERE key = ?",
                arguments: [EventIDRun.key(run: run.number, number: 1)])
            #expect(throws: StoreError.self) { try ids.index(db) }
        }
    }

    /// An id that its filter denies would be stored twice.
    @Test(arguments: [
        ("UPDATE event_id_filters SET bytes = zeroblob(64) WHERE key = ?", "come again"),
        ("DELETE FROM event_id_filters WHERE key = ?", "the filter of run"),
    ])
    mutating func verificationTellsOfIDsThatAreNotFound(sql: String, problem: String) throws {
        let groups = (0..<30).map { ids.entries(10, from: $0 * 10) }
        try database.inDatabase { db in
            let run = try longRun(of: groups, db)
            try db.execute(
                sql: sql, arguments: [EventIDRun.key(run: run.number, number: 1)])
        }
        let problems = try ids.problems()
        #expect(problems.count == 1)
        #expect(problems.first?.contains(problem) == true, "\(problems)")
    }

    @Test mutating func verificationTellsOfIDsInAnothersBlock() throws {
        let groups = (0..<30).map { ids.entries(10, from: $0 * 10) }
        try database.inDatabase { db in
            let index = try ids.index(db)
            for group in groups { try ids.append(group, to: index, db) }
            let run = try #require(index.runs.first)
            let keys = [1, 2].map { EventIDRun.key(run: run.number, number: $0) }
            // The two blocks change places.
            for (from, to) in [(keys[0], -1), (keys[1], keys[0]), (-1, keys[1])] {
                try db.execute(
                    sql: "UPDATE event_id_blocks SET key = ? WHERE key = ?", arguments: [to, from])
            }
        }
        let problems = try ids.problems()
        #expect(problems.count == 1)
        #expect(problems.first?.contains("come again") == true, "\(problems)")
    }

    /// Filters that were one value of their run's row.
    @Test mutating func takesOverTheFiltersOfAnEarlierVersion() throws {
        let database = try DatabaseQueue()
        let entries = ids.entries(500, from: 1)
        // More bits than so few ids need: of two parts.
        let entryCount = 300_000
        var filter = EventIDFilter(entryCount: entryCount)
        for entry in entries { filter.insert(entry.id) }
        let bytes = Data(filter.bytes(from: 0, atMost: filter.byteCount))
        try database.inDatabase { db in
            let earlier = Migration.all.prefix { $0.name < "0015" }
            try Migrator(Array(earlier)).migrate(db, now: Timestamp(milliseconds: 0))
            try db.execute(
                sql: """
                    INSERT INTO event_id_runs (run, level, state, entry_count, filter)
                    VALUES (7, 0, 'live', ?, ?), (8, 1, 'writing', 9, x'')
                    """, arguments: [entryCount, bytes])
            var blocks = [[UInt8]](repeating: [], count: 1024)
            for entry in entries {
                entry.append(to: &blocks[EventIDRun.block(of: entry.id, among: 1024)])
            }
            for (block, bytes) in blocks.enumerated() where !bytes.isEmpty {
                try db.execute(
                    sql: "INSERT INTO event_id_blocks (key, entries) VALUES (?, ?)",
                    arguments: [EventIDRun.key(run: 7, number: block), Data(bytes)])
            }
            try Migrator().migrate(db, now: Timestamp(milliseconds: 0))
            #expect(try parts(in: db).values.sorted() == [bytes.count - 262_144, 262_144])
            let index = try EventIDIndex(db)
            #expect(index.runs.count == 1)
            try ids.expectAll(entries, in: index)
        }
    }
}
