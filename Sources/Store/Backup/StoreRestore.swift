import Foundation
import GRDB

/// Puts a copy in a database's place.
package enum StoreRestore {
    /// Verifies the copy first. A database that is there already stays, under another name.
    ///
    /// - Parameter aside: The name it gets; nil refuses it.
    package static func run(from copy: String, to path: String, aside: String?) throws {
        let verification = try StoreVerification.run(on: copy)
        if let problem = verification.problems.first {
            throw StoreRefusal.damagedCopy(path: copy, problem)
        }
        do {
            let part = path + ".part"
            DiskFile.remove(part)
            defer { DiskFile.remove(part) }
            _ = try StoreBackup.make(of: copy, at: part)
            guard FileManager.default.fileExists(atPath: path) else {
                // A WAL without its database would be played into the new one.
                for end in walEnds { DiskFile.remove(path + end) }
                return try DiskFile.move(part, toNew: path)
            }
            guard let aside else { throw StoreRefusal.fileExists(path: path) }
            let lock = try DatabaseLock(path: path)
            defer { lock.release() }
            moveWAL(of: path)
            try DiskFile.rename(path, to: aside)
            for end in walEnds where FileManager.default.fileExists(atPath: path + end) {
                try DiskFile.rename(path + end, to: aside + end)
            }
            // Not in the place of a file that a service has made that started meanwhile.
            try DiskFile.move(part, toNew: path)
        } catch {
            throw StoreError.translating(error, operation: "restore")
        }
    }

    /// So that one name is all of the old database, should we be killed between two. One that can't be
    /// read any more keeps its WAL beside it.
    private static func moveWAL(of path: String) {
        // try?: the old database may be damaged, which is why it is replaced
        try? DatabaseQueue(path: path).inDatabase { db in
            _ = try Row.fetchOne(db, sql: "PRAGMA wal_checkpoint(TRUNCATE)")
        }
    }

    private static let walEnds = ["-wal", "-shm"]
}
