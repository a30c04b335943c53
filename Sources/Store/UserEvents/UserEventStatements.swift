import GRDB
import Support

/// What fills the table of events by user. Confined to the writer's thread.
struct UserEventStatements {
    private static let rowsAtOnce = 16

    private let insertOne: RawStatement
    private let insertMany: RawStatement

    init(_ db: Database) throws {
        insertOne = try RawStatement(db, sql: Self.insertion(rows: 1))
        insertMany = try RawStatement(db, sql: Self.insertion(rows: Self.rowsAtOnce))
    }

    /// Copies events of the log, those that still are there; rows that the table has stay.
    func insert(_ sequences: [EventSequence]) throws {
        let whole = sequences.count - sequences.count % Self.rowsAtOnce
        for start in stride(from: 0, to: whole, by: Self.rowsAtOnce) {
            for place in 0..<Self.rowsAtOnce {
                insertMany.bind(sequences[start + place].rawValue, at: Int32(place + 1))
            }
            try insertMany.run()
        }
        for sequence in sequences[whole...] {
            insertOne.bind(sequence.rawValue, at: 1)
            try insertOne.run()
        }
    }

    private static func insertion(rows: Int) -> String {
        let numbers = Array(repeating: "(?)", count: rows).joined(separator: ", ")
        return """
            INSERT OR IGNORE INTO user_events (user, time, sequence, item, type, value)
            SELECT user, time, sequence, item, type, value
            FROM (VALUES \(numbers)) AS wanted CROSS JOIN events ON sequence = wanted.column1
            """
    }
}
