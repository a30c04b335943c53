import Foundation

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
                return try DiskFile.rename(part, to: path)
            }
            guard let aside else { throw StoreRefusal.fileExists(path: path) }
            let lock = try DatabaseLock(path: path)
            defer { lock.release() }
            try DiskFile.rename(path, to: aside)
            for end in walEnds where FileManager.default.fileExists(atPath: path + end) {
                try DiskFile.rename(path + end, to: aside + end)
            }
            try DiskFile.rename(part, to: path)
        } catch {
            throw StoreError.translating(error, operation: "restore")
        }
    }

    private static let walEnds = ["-wal", "-shm"]
}
