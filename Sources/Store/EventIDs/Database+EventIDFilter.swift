import GRDB
import GRDBSQLite

extension Database {
    /// The filter that the file has of a run; nil where it isn't one of so many ids.
    func eventIDFilter(ofRun run: Int64, entryCount: Int) throws -> EventIDFilter? {
        let parts = try RawStatement(
            self, sql: "SELECT bytes FROM event_id_filters WHERE key BETWEEN ? AND ? ORDER BY key")
        parts.bind(EventIDRun.keys(ofRun: run).lowerBound, at: 1)
        parts.bind(EventIDRun.keys(ofRun: run).upperBound, at: 2)
        var filter = EventIDFilter(entryCount: entryCount)
        var size = 0
        var fits = true
        try parts.rows { row in
            let bytes = UnsafeRawBufferPointer(
                start: sqlite3_column_blob(row, 0), count: Int(sqlite3_column_bytes(row, 0)))
            fits = fits && filter.load(bytes, from: size)
            size += bytes.count
        }
        return fits && size == filter.byteCount ? filter : nil
    }
}
