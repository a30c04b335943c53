import Events
import GRDB
import Support

/// The two statements that run once for each event, prepared once.
struct EventStatements {
    private let claimID: Statement
    private let insertEvent: Statement
    private let db: Database

    init(_ db: Database) throws {
        self.db = db
        claimID = try db.makeStatement(
            sql: """
                INSERT INTO event_ids (id_hash, fields_hash, sequence) VALUES (?, ?, ?)
                ON CONFLICT DO NOTHING
                """)
        insertEvent = try db.makeStatement(
            sql: """
                INSERT INTO events
                    (sequence, user, item, type, value, time, id, recommendation, session,
                     properties)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """)
    }

    /// False where the id was seen before.
    func claim(_ digest: EventDigest, for sequence: EventSequence) throws -> Bool {
        try claimID.execute(arguments: [digest.id, digest.fields, sequence.rawValue])
        return db.changesCount == 1
    }

    func insert(
        _ event: Event, _ sequence: EventSequence, user: UserKey, item: ItemKey,
        type: EventTypeKey, time: Timestamp
    ) throws {
        try insertEvent.execute(arguments: [
            sequence.rawValue, user.rawValue, item.rawValue, type.rawValue, event.value,
            time.milliseconds, event.id, event.recommendation, event.session, event.properties,
        ])
    }
}
