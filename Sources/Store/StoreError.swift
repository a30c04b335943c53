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

    package init(code: Code, operation: String, context: String) {
        self.code = code
        self.operation = operation
        self.context = context
    }

    package var description: String { "\(operation) failed (\(code)): \(context)" }
}

extension StoreError {
    /// The same error in the store's own words: SQL arguments stay out of it.
    static func translating(_ error: any Error, operation: String) -> any Error {
        guard let error = error as? DatabaseError else { return error }
        return StoreError(
            code: .sqlite(error.extendedResultCode.rawValue), operation: operation,
            context: error.message ?? "\(error.extendedResultCode)")
    }
}
