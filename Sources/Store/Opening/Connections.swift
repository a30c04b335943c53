import Foundation
import GRDB

/// How the connections are set up: one that writes, and a pool that only reads.
enum Connections {
    private static let readerCacheMebibytes = 16

    /// The only connection that writes, in WAL mode.
    ///
    /// GRDB's own WAL set-up is not used: it lowers `synchronous` to NORMAL.
    static func writer(_ options: StoreOptions) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.label = "store.writer"
        configuration.foreignKeysEnabled = true
        // Nobody else writes; only a reader that recovers the WAL after a crash can be in the way.
        configuration.busyMode = .timeout(10)
        configuration.prepareDatabase { db in
            try db.execute(
                sql: """
                    PRAGMA journal_mode = WAL;
                    PRAGMA synchronous = \(options.synchronous.rawValue);
                    PRAGMA cache_size = -\(options.cacheMebibytes * 1024);
                    PRAGMA wal_autocheckpoint = \(options.walCheckpointPages);
                    PRAGMA temp_store = MEMORY;
                    PRAGMA secure_delete = ON;
                    """)
            if let pages = options.maximumPages {
                try db.execute(sql: "PRAGMA max_page_count = \(pages)")
            }
        }
        let queue = try DatabaseQueue(path: options.path, configuration: configuration)
        try queue.inDatabase { db in try verifySettings(of: db, options) }
        return queue
    }

    static func readers(path: String, count: Int) throws -> DatabasePool {
        guard FileManager.default.fileExists(atPath: path) else {
            throw StoreRefusal.missingDatabase(path: path)
        }
        var configuration = Configuration()
        configuration.label = "store.reader"
        configuration.readonly = true
        configuration.maximumReaderCount = count
        configuration.busyMode = .timeout(10)
        configuration.prepareDatabase { db in
            // The upper levels of the trees of a long log.
            try db.execute(sql: "PRAGMA cache_size = -\(readerCacheMebibytes * 1024)")
        }
        return try DatabasePool(path: path, configuration: configuration)
    }

    /// A pragma that SQLite does not take over is silent: read them back.
    private static func verifySettings(of db: Database, _ options: StoreOptions) throws {
        let expected: [(pragma: String, value: String)] = [
            ("journal_mode", "wal"),
            ("synchronous", String(options.synchronous.rawValue)),
            ("foreign_keys", "1"),
            ("secure_delete", "1"),
        ]
        for (pragma, value) in expected {
            let actual = try String.fetchOne(db, sql: "PRAGMA \(pragma)")
            guard actual == value else {
                throw StoreError(
                    code: .unsafeSettings, operation: "open",
                    context: "\(pragma) is \(actual ?? "unset"), not \(value)")
            }
        }
    }
}
