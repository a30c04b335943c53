import Foundation
import GRDB
import Support
import Testing

@testable import Store

/// Numbered SQL files, run in order, each once; a past that does not fit is refused.
struct MigratorTests {
    private let first = Migration(
        name: "0001-a", sql: "CREATE TABLE a (x); INSERT INTO a VALUES (1)")
    private let second = Migration(name: "0002-b", sql: "INSERT INTO a VALUES (2)")
    private let third = Migration(name: "0003-c", sql: "INSERT INTO a VALUES (3)")

    private func migrate(_ queue: DatabaseQueue, _ migrations: [Migration]) throws {
        try queue.inDatabase { db in
            try Migrator(migrations).migrate(db, now: Timestamp(milliseconds: 0))
        }
    }

    @Test func runsEachOnceAndInOrder() throws {
        let queue = try DatabaseQueue()
        try migrate(queue, [first])
        try migrate(queue, [first, second, third])
        try migrate(queue, [first, second, third])
        let rows = try queue.read { db in
            try Int.fetchAll(db, sql: "SELECT x FROM a ORDER BY rowid")
        }
        #expect(rows == [1, 2, 3])
    }

    @Test func refusesAChangedMigrationByName() throws {
        let queue = try DatabaseQueue()
        try migrate(queue, [first, second])
        let changed = Migration(name: second.name, sql: second.sql + " ")
        #expect(throws: StoreRefusal.changedMigration("0002-b")) {
            try migrate(queue, [first, changed, third])
        }
        #expect("\(StoreRefusal.changedMigration("0002-b"))".contains("0002-b"))
    }

    @Test func refusesAnUnknownMigrationByName() throws {
        let queue = try DatabaseQueue()
        try migrate(queue, [first, second, third])
        #expect(throws: StoreRefusal.unknownMigration("0002-b")) {
            try migrate(queue, [first, third])
        }
    }

    @Test func refusesASchemaFromTheFuture() throws {
        let queue = try DatabaseQueue()
        try migrate(queue, [first, second])
        #expect(throws: StoreRefusal.newerSchema("0002-b")) { try migrate(queue, [first]) }
    }

    @Test func refusesAMigrationSlippedInBelowOneThatRan() throws {
        let queue = try DatabaseQueue()
        try migrate(queue, [first, third])
        #expect(throws: StoreRefusal.changedMigration("0002-b")) {
            try migrate(queue, [first, second, third])
        }
    }

    @Test func leavesNothingOfAMigrationThatFails() throws {
        let queue = try DatabaseQueue()
        let bad = Migration(name: "0002-b", sql: "INSERT INTO a VALUES (2); NONSENSE")
        #expect(throws: (any Error).self) { try migrate(queue, [first, bad]) }
        let rows = try queue.read { db in try Int.fetchAll(db, sql: "SELECT x FROM a") }
        #expect(rows == [1])
        try migrate(queue, [first, second])
    }

    @Test func namesAreInTheOrderOfTheFiles() {
        let names = Migration.all.map(\.name)
        #expect(names == names.sorted())
        #expect(Set(names).count == names.count)
    }

    @Test func storeRefusesADatabaseWhoseMigrationChanged() throws {
        let fixture = try StoreFixture()
        try fixture.open().close()
        try DatabaseQueue(path: fixture.path).write { db in
            try db.execute(
                sql: "UPDATE schema_migrations SET checksum = 'x' WHERE name = '0003-jobs'")
        }
        #expect(throws: StoreRefusal.changedMigration("0003-jobs")) { _ = try fixture.open() }
    }
}
