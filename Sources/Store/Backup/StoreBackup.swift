import Foundation
import GRDB

/// A copy of a database that others write to meanwhile: SQLite's online backup
/// (https://www.sqlite.org/backup.html) inside one read transaction, so that it is of one moment and
/// no write waits for it. The WAL can't be truncated before its end.
package enum StoreBackup {
    /// 4 MiB. Each goes to the disk before the next: a sync of all at the end would hold up the
    /// writer's own.
    private static let pagesAtOnce: CInt = 1024

    /// - Parameters:
    ///   - path: Where the copy comes; a file that is there already is left alone.
    ///   - part: Where it is while it isn't whole; what a killed process left there is written over.
    ///     By default beside it.
    /// - Returns: The copy's bytes.
    package static func make(
        of database: String, at path: String, part: String? = nil
    ) throws -> Int {
        guard !FileManager.default.fileExists(atPath: path) else {
            throw StoreRefusal.fileExists(path: path)
        }
        let part = part ?? path + ".part"
        do {
            try copy(database, to: part)
            try DiskFile.rename(part, to: path)
        } catch {
            DiskFile.remove(part)
            // It wasn't there before: a name whose folder couldn't be synced may be gone tomorrow.
            DiskFile.remove(path)
            throw StoreError.translating(error, operation: "backup")
        }
        return try DiskFile.size(of: path)
    }

    private static func copy(_ database: String, to part: String) throws {
        let file = try DiskFile(creating: part)
        let source = try Connections.readers(path: database, count: 1)
        let target = try DatabaseQueue(path: part)
        try source.read { from in
            try Migrator().verify(from)
            try target.inDatabase { to in
                errno = 0
                do {
                    try fill(to, from: from, file)
                } catch {
                    throw StoreError.translating(
                        error, operation: "backup", systemError: errno)
                }
            }
        }
        try target.close()
        try source.close()
        try file.sync()
    }

    private static func fill(_ to: Database, from: Database, _ file: DiskFile) throws {
        // A copy that breaks off is thrown away.
        try to.execute(sql: "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")
        try from.backup(to: to, pagesPerStep: pagesAtOnce) { _ in try file.sync() }
        // Where the running service is reached, and with which key, isn't for the copy.
        try to.execute(
            sql: """
                PRAGMA secure_delete = ON;
                DELETE FROM settings WHERE key LIKE 'service.%'
                """)
        // Of WAL mode, which came with the copy: then it is one file for any reader.
        try to.execute(sql: "PRAGMA journal_mode = DELETE")
    }
}

extension Store {
    /// Copies the store as it is now, on a thread of its own: reads and writes go on.
    ///
    /// - Parameter part: As in `StoreBackup.make`; no two copies at a time may share it.
    /// - Returns: The copy's bytes.
    package func backUp(to path: String, part: String? = nil) async throws -> Int {
        let database = options.path
        return try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global(qos: .utility).async {
                continuation.resume(
                    with: Result { try StoreBackup.make(of: database, at: path, part: part) })
            }
        }
    }
}
