import Foundation
import Synchronization

/// The lock of the one writing process: `flock` on the database file itself.
///
/// SQLite's own locks are POSIX locks, and a process loses all of those when it closes *any*
/// descriptor of the file (https://www.sqlite.org/howtocorrupt.html, section 2.2). So each file
/// gets one descriptor in a process, which stays open for good; letting go is `LOCK_UN`.
final class DatabaseLock: Sendable {
    private struct FileIdentity: Hashable {
        let device: UInt64
        let inode: UInt64

        init(_ status: stat) {
            device = UInt64(status.st_dev)
            inode = UInt64(status.st_ino)
        }
    }

    private struct Holding {
        let descriptor: Int32
        var isHeld: Bool
    }

    /// Every file that this process ever locked. Read and written by any thread that opens or
    /// closes a store.
    private static let holdings = Mutex<[FileIdentity: Holding]>([:])

    private let identity: FileIdentity

    /// Creates the file, readable and writable by its owner only, if there is none.
    ///
    /// - Parameter noteOpening: Called when the file is open, and not locked yet.
    init(path: String, noteOpening: () throws -> Void = {}) throws {
        identity = try Self.holdings.withLock { holdings in
            while true {
                let (identity, holding) = try Self.descriptor(of: path, in: holdings)
                holdings[identity] = holding
                try noteOpening()
                guard !holding.isHeld, flock(holding.descriptor, LOCK_EX | LOCK_NB) == 0 else {
                    throw StoreRefusal.locked(path: path)
                }
                // A restore that has just ended has put another file there.
                guard Self.identity(of: path) == identity else {
                    flock(holding.descriptor, LOCK_UN)
                    continue
                }
                holdings[identity]?.isHeld = true
                guard fchmod(holding.descriptor, 0o600) == 0 else {
                    throw StoreError(
                        code: .system(errno), operation: "chmod", context: "the database file")
                }
                return identity
            }
        }
    }

    func release() {
        Self.holdings.withLock { holdings in
            guard let holding = holdings[identity], holding.isHeld else { return }
            flock(holding.descriptor, LOCK_UN)
            holdings[identity]?.isHeld = false
        }
    }

    private static func descriptor(
        of path: String, in holdings: [FileIdentity: Holding]
    ) throws -> (FileIdentity, Holding) {
        if let identity = identity(of: path), let known = holdings[identity] {
            return (identity, known)
        }
        var status = stat()
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0, fstat(descriptor, &status) == 0 else {
            throw StoreError(code: .system(errno), operation: "open", context: path)
        }
        return (FileIdentity(status), Holding(descriptor: descriptor, isHeld: false))
    }

    /// Of the file that has this name now.
    private static func identity(of path: String) -> FileIdentity? {
        var status = stat()
        return stat(path, &status) == 0 ? FileIdentity(status) : nil
    }
}
