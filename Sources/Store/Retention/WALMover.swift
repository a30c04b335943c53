import GRDB

/// Moves what it can of the write-ahead log into the file, on a connection and thread of its own: no
/// write waits for that, and a commit of the writer's finds less to move.
///
/// https://www.sqlite.org/c3ref/wal_checkpoint_v2.html, SQLITE_CHECKPOINT_PASSIVE: never waits, and
/// never changes what is stored.
struct WALMover: Sendable {
    private let queue: DatabaseQueue

    init(path: String) throws {
        var configuration = Configuration()
        configuration.label = "store.wal"
        queue = try DatabaseQueue(path: path, configuration: configuration)
    }

    func move() async throws {
        try await queue.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA wal_checkpoint(PASSIVE)")
        }
    }
}
