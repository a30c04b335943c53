import GRDB
import Support

/// Runs migrations in order, each once and in a transaction of its own, and refuses a database
/// whose history is not the beginning of the program's.
struct Migrator {
    let migrations: [Migration]

    init(_ migrations: [Migration] = Migration.all) {
        self.migrations = migrations
    }

    func migrate(
        _ db: Database, now: Timestamp, tell: @escaping (OpeningProgress) -> Void = { _ in }
    ) throws {
        try db.execute(
            sql: """
                CREATE TABLE IF NOT EXISTS schema_migrations (
                    name       TEXT    PRIMARY KEY,
                    checksum   TEXT    NOT NULL,
                    applied_at INTEGER NOT NULL
                ) STRICT, WITHOUT ROWID
                """)
        let reporter = try OpeningReporter(db, tell)
        for migration in try pending(in: db) {
            try reporter.report(.migration(migration.name)) { try run(migration, on: db, now) }
        }
    }

    private func run(_ migration: Migration, on db: Database, _ now: Timestamp) throws {
        try db.inTransaction(.immediate) {
            try db.execute(sql: migration.sql)
            try db.execute(
                sql: "INSERT INTO schema_migrations VALUES (?, ?, ?)",
                arguments: [migration.name, migration.checksum, now.milliseconds])
            return .commit
        }
    }

    /// For connections that only read: everything must have been run already.
    func verify(_ db: Database) throws {
        guard try db.tableExists("schema_migrations") else {
            throw StoreRefusal.pendingMigration(migrations.first?.name ?? "")
        }
        if let migration = try pending(in: db).first {
            throw StoreRefusal.pendingMigration(migration.name)
        }
    }

    /// What is still to be run, once the past is found to be in order.
    private func pending(in db: Database) throws -> ArraySlice<Migration> {
        let applied = try Row.fetchAll(
            db, sql: "SELECT name, checksum FROM schema_migrations ORDER BY name")
        for (index, row) in applied.enumerated() {
            let name: String = row["name"]
            let checksum: String = row["checksum"]
            guard let migration = migrations.first(where: { $0.name == name }) else {
                let isNewer = migrations.allSatisfy { $0.name < name }
                throw isNewer
                    ? StoreRefusal.newerSchema(name) : StoreRefusal.unknownMigration(name)
            }
            guard migration.checksum == checksum else {
                throw StoreRefusal.changedMigration(name)
            }
            // A gap: a file was slipped in below one that has already run.
            guard migrations[index].name == name else {
                throw StoreRefusal.changedMigration(migrations[index].name)
            }
        }
        return migrations.dropFirst(applied.count)
    }
}
