import Foundation
import GRDB

/// Puts a copy in a database's place.
package enum StoreRestore {
    /// Verifies the copy first. A database that is there already stays, under another name. Whenever
    /// it is killed, the old database or the new one is whole at the path.
    ///
    /// - Parameter aside: The name the old one gets; nil refuses it.
    package static func run(from copy: String, to path: String, aside: String?) throws {
        try run(from: copy, to: path, aside: aside, link: DiskFile.link) {}
    }

    /// - Parameters:
    ///   - link: As link(2).
    ///   - noteStep: Called after each change that a kill may come behind.
    static func run(
        from copy: String, to path: String, aside: String?, link: DiskFile.Link,
        noteStep: () throws -> Void
    ) throws {
        let verification = try StoreVerification.run(on: copy)
        if let problem = verification.problems.first {
            throw StoreRefusal.damagedCopy(path: copy, problem)
        }
        // A link stays one: what it names is replaced.
        let place = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        do {
            let part = place + ".part"
            DiskFile.remove(part)
            defer { DiskFile.remove(part) }
            _ = try StoreBackup.make(of: copy, at: part)
            // Where there is no file it makes an empty one: no service may make a database meanwhile.
            let lock = try DatabaseLock(path: place)
            defer { lock.release() }
            defer { if DiskFile.isEmpty(place) { DiskFile.remove(place) } }
            if !DiskFile.isEmpty(place) {
                guard let aside else { throw StoreRefusal.fileExists(path: path) }
                try keep(place, as: aside, link: link)
                try noteStep()
            }
            // They would be played into the new one. Gone for good before it has the name: also for
            // a power cut.
            for end in journalEnds { DiskFile.remove(place + end) }
            try DiskFile.syncFolder(of: place)
            try noteStep()
            try DiskFile.rename(part, to: place)
            try noteStep()
        } catch {
            throw StoreError.translating(error, operation: "restore")
        }
    }

    /// Gives the old database a second name, under which all of it is.
    private static func keep(_ path: String, as aside: String, link: DiskFile.Link) throws {
        try moveWAL(of: path)
        try DiskFile.keep(path, as: aside, link: link)
        for end in journalEnds where !DiskFile.isEmpty(path + end) {
            try DiskFile.keep(path + end, as: aside + end, link: link)
        }
    }

    /// So that the one file is all of the old database, and the WAL beside it can go. That of one
    /// that is too damaged to be read stays, and is kept with it.
    private static func moveWAL(of path: String) throws {
        do {
            var configuration = Configuration()
            configuration.busyMode = .timeout(3)
            let database = try DatabaseQueue(path: path, configuration: configuration)
            let row = try database.inDatabase {
                try Row.fetchOne($0, sql: "PRAGMA wal_checkpoint(TRUNCATE)")
            }
            try database.close()
            guard row?[0] == 0 else { throw StoreRefusal.isRead(path: path) }
        } catch let error as DatabaseError {
            let error = StoreError.translating(error, operation: "restore")
            guard (error as? StoreError)?.namesDamage == true else { throw error }
        }
    }

    /// Of the write-ahead log, of its index, and of the journal of a database that was never served.
    private static let journalEnds = ["-wal", "-shm", "-journal"]
}
