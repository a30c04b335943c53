import Foundation
import GRDB

/// The world failed: the disk, the file system, SQLite. Never carries what a user sent.
package struct StoreError: Error, Equatable, Sendable, CustomStringConvertible {
    package enum Code: Equatable, Sendable {
        /// An extended result code, https://www.sqlite.org/rescode.html
        case sqlite(Int32)
        /// An `errno`.
        case system(Int32)
        /// A checkpoint's bytes are not the ones that were stored.
        case damagedCheckpoint
        /// SQLite did not take over a setting that durability rests on.
        case unsafeSettings
        /// A stored row that this program cannot read.
        case damagedRow
    }

    package let code: Code
    package let operation: String
    package let context: String
    /// The `errno` behind SQLite's code, where it told one.
    package let systemError: Int32?

    package init(
        code: Code, operation: String, context: String, systemError: Int32? = nil
    ) {
        self.code = code
        self.operation = operation
        self.context = context
        self.systemError = systemError
    }

    package var description: String {
        let reason = systemError.map { "; " + String(cString: strerror($0)) } ?? ""
        return switch code {
        case .system(let number):
            "\(operation) failed: \(String(cString: strerror(number))): \(context)"
        case .sqlite(let number): "\(operation) failed: \(context) (SQLite \(number)\(reason))"
        default: "\(operation) failed (\(code)): \(context)"
        }
    }
}

extension StoreError {
    /// What SQLite says of a file that isn't what it should be, or couldn't be read: SQLITE_CORRUPT,
    /// SQLITE_NOTADB.
    var namesDamage: Bool {
        guard case .sqlite(let number) = code else { return false }
        return number & 0xff == 11 || number & 0xff == 26
    }

    /// What one request has met, where others go on.
    var namesOneRow: Bool { code == .damagedRow || code == .damagedCheckpoint }

    /// What failed in a group's transaction, until whoever waits says what he had asked for.
    static let write = "write"

    /// The same error in the store's own words: SQL arguments stay out of it.
    ///
    /// - Parameter systemError: What `errno` was right after the call; 0 where nobody looked.
    static func translating(
        _ error: any Error, operation: String, systemError number: Int32 = 0
    ) -> any Error {
        if let error = error as? StoreError, error.operation == Self.write {
            return StoreError(
                code: error.code, operation: operation, context: error.context,
                systemError: error.systemError)
        }
        guard let error = error as? DatabaseError else { return error }
        return StoreError(
            code: .sqlite(error.extendedResultCode.rawValue), operation: operation,
            context: error.message ?? "\(error.extendedResultCode)",
            systemError: number == 0 ? nil : number)
    }
}
