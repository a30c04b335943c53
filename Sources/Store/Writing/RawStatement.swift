import GRDB
import GRDBSQLite

/// A statement that runs for each event, bound by SQLite's own interface: GRDB's arguments cost more
/// than the insert does. Belongs to the thread of its connection.
struct RawStatement {
    private let statement: Statement
    private let handle: SQLiteStatement
    private let connection: SQLiteConnection?
    /// SQLite copies what it is given before the call returns.
    private static let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    init(_ db: Database, sql: String) throws {
        statement = try db.makeStatement(sql: sql)
        handle = statement.sqliteStatement
        connection = db.sqliteConnection
    }

    // MARK: - Parameters, numbered from 1

    func bind(_ number: Int64, at place: Int32) {
        check(sqlite3_bind_int64(handle, place, number))
    }

    func bind(_ number: Int64?, at place: Int32) {
        if let number { bind(number, at: place) } else { bindNull(at: place) }
    }

    func bind(_ number: Double, at place: Int32) {
        check(sqlite3_bind_double(handle, place, number))
    }

    func bind(_ number: Double?, at place: Int32) {
        if let number { bind(number, at: place) } else { bindNull(at: place) }
    }

    func bind(_ text: String?, at place: Int32) {
        guard var text else { return bindNull(at: place) }
        let code = text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { characters in
                sqlite3_bind_text(
                    handle, place, characters.baseAddress, Int32(characters.count), Self.transient)
            }
        }
        check(code)
    }

    func bind(_ blob: UnsafeRawBufferPointer, at place: Int32) {
        // Without an address it would be NULL.
        guard !blob.isEmpty else { return check(sqlite3_bind_zeroblob(handle, place, 0)) }
        check(
            sqlite3_bind_blob(handle, place, blob.baseAddress, Int32(blob.count), Self.transient))
    }

    func bindNull(at place: Int32) { check(sqlite3_bind_null(handle, place)) }

    // MARK: - Running

    /// Runs a statement that gives no rows.
    ///
    /// - Returns: How many rows it changed.
    @discardableResult func run() throws -> Int {
        let code = sqlite3_step(handle)
        guard code == SQLITE_DONE else { throw failure(code) }
        sqlite3_reset(handle)
        return Int(sqlite3_changes(connection))
    }

    /// Of the row that was inserted last.
    var lastInsertedRowID: Int64 { sqlite3_last_insert_rowid(connection) }

    /// What `read` makes of the one row that it gives; nil without one. `read` gets the statement,
    /// for `sqlite3_column_…`.
    func row<Result>(_ read: (SQLiteStatement) -> Result) throws -> Result? {
        defer { sqlite3_reset(handle) }
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return read(handle)
        case SQLITE_DONE: return nil
        case let code: throw failure(code)
        }
    }

    /// Gives each row to `read`, one after the other.
    func rows(_ read: (SQLiteStatement) throws -> Void) throws {
        defer { sqlite3_reset(handle) }
        while true {
            switch sqlite3_step(handle) {
            case SQLITE_ROW: try read(handle)
            case SQLITE_DONE: return
            case let code: throw failure(code)
            }
        }
    }

    private func failure(_ code: Int32) -> DatabaseError {
        let extended = sqlite3_extended_errcode(connection)
        let message = sqlite3_errmsg(connection).map { String(cString: $0) }
        sqlite3_reset(handle)
        return DatabaseError(
            resultCode: ResultCode(rawValue: extended == SQLITE_OK ? code : extended),
            message: message)
    }

    /// Binding fails where the statement is busy, the place is wrong or memory is out: never by
    /// what came from outside.
    private func check(_ code: Int32) {
        precondition(code == SQLITE_OK, "a parameter can't be bound: SQLite's code \(code)")
    }
}
