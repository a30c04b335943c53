import GRDB
import Support
import Testing

@testable import Store

/// A merge tree of ids with a layout so small that everything happens.
struct EventIDFixture {
    static let layout = EventIDLayout(
        tailCapacity: 20, fanout: 3, blocks: 4, mergedPerID: 5, filterPartBytes: 64)

    let database: DatabaseQueue
    var random = RandomSource(seed: 1)

    init() throws {
        database = try DatabaseQueue()
        try database.inDatabase { db in
            try Migrator().migrate(db, now: Timestamp(milliseconds: 0))
        }
    }

    mutating func entries(_ count: Int, from sequence: Int) -> [EventIDEntry] {
        (sequence..<sequence + count).map { number in
            let id = EventHash(high: random.next(), low: random.next())
            let fields = EventHash(high: random.next(), low: 0)
            return EventIDEntry(
                EventDigest(id: id, fields: fields), EventSequence(Int64(number)))
        }
    }

    func index(_ db: Database) throws -> EventIDIndex {
        try EventIDIndex(db, layout: Self.layout)
    }

    func append(
        _ entries: [EventIDEntry], to index: EventIDIndex, _ db: Database, commits: Bool = true
    ) throws {
        try index.refresh()
        try db.beginTransaction(.immediate)
        for entry in entries {
            #expect(try index.entry(of: entry.id) == nil)
            index.add(entry)
        }
        try index.write()
        if commits {
            try db.commit()
            index.noteCommit()
        } else {
            index.noteRollback()
            try db.rollback()
            try index.refresh()
        }
    }

    /// What verification finds.
    func problems() throws -> [String] {
        var verification = StoreVerification()
        try verification.checkEventIDs(in: database, layout: Self.layout)
        return verification.problems
    }

    func expectAll(_ known: [EventIDEntry], in index: EventIDIndex) throws {
        for entry in known { #expect(try index.entry(of: entry.id) == entry) }
    }
}
