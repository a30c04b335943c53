import Foundation

/// What is wrong with the disk, in the words that an operator can act upon.
package enum StorageFault: Equatable, Sendable {
    /// No room, or no more of the quota.
    case full
    case readOnly
    /// Anything else that a later attempt may find gone.
    case failing(String)
    /// The database's content. No attempt will find it whole.
    case damaged

    /// Nil where the error is none of the disk's.
    package init?(_ error: any Error) {
        guard let error = error as? StoreError else { return nil }
        let reported = error.systemError.flatMap { Self(systemError: $0) }
        switch error.code {
        case .system(let number): self = Self(systemError: number)
        case .damagedRow, .damagedCheckpoint: self = .damaged
        case .unsafeSettings: return nil
        case .sqlite(let code):
            // https://www.sqlite.org/rescode.html: the lowest byte is the primary code.
            switch code & 0xff {
            case 5, 15: self = .failing("another program holds a lock on the database")
            case 7: self = .failing("there is no memory left")
            case 8: self = .readOnly
            case 10, 14: self = reported ?? .failing(error.context)
            // SQLite takes a read that the disk refused for a damaged file.
            case 11, 26: self = error.systemError == EIO ? reported ?? .damaged : .damaged
            case 13: self = .full
            default: return nil
            }
        }
    }

    private init(systemError number: Int32) {
        switch number {
        case ENOSPC, EDQUOT, EFBIG: self = .full
        case EROFS: self = .readOnly
        default: self = .failing(String(cString: strerror(number)))
        }
    }
}

extension StorageFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .full: "the disk is full"
        case .readOnly: "the file system is read-only"
        case .failing(let reason): "the disk fails: \(reason)"
        case .damaged: "the database is damaged"
        }
    }
}
