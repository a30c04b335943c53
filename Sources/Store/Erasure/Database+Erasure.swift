import GRDB
import Support

/// What an erasure asks the database.
extension Database {
    /// The log's end when the user came into being.
    func knownSince(_ user: UserKey) throws -> EventSequence {
        let sql = "SELECT known_since FROM users WHERE key = ?"
        let end = try Int64?.fetchOne(cachedStatement(sql: sql), arguments: [user.rawValue]) ?? nil
        return EventSequence(end ?? 0)
    }

    /// Stored versions that read the log further than to the given place, or are made of such.
    func checkpointsTrained(after end: EventSequence) throws -> [UserErasure.Checkpoint] {
        let sql = """
            SELECT c.model, c.version, c.version IS (
                SELECT version FROM deployments WHERE model = c.model ORDER BY id DESC LIMIT 1)
            FROM checkpoints c
            WHERE c.state <> 'writing' AND (c.watermark > ?1 OR EXISTS (
                SELECT 1 FROM checkpoint_components p
                JOIN checkpoints o ON o.model = p.model AND o.version = p.version
                WHERE p.checkpoint = c.id AND o.watermark > ?1))
            ORDER BY c.model, c.version
            """
        return try Row.fetchAll(cachedStatement(sql: sql), arguments: [end.rawValue]).map {
            UserErasure.Checkpoint(model: $0[0], version: $0[1], isInService: $0[2])
        }
    }

    func deleteProfile(of user: UserKey) throws {
        try execute(sql: "DELETE FROM users WHERE key = ?", arguments: [user.rawValue])
    }

    func setCounter(_ name: String, _ value: Int64) throws {
        try cachedStatement(sql: "UPDATE counters SET value = ? WHERE name = ?")
            .execute(arguments: [value, name])
    }

    func begunErasure(of user: UserKey) throws -> BegunErasure? {
        let sql =
            "SELECT events, folded_events, recommendations, models FROM begun_erasures WHERE user = ?"
        let row = try Row.fetchOne(cachedStatement(sql: sql), arguments: [user.rawValue])
        return try row.map {
            BegunErasure(
                user: user, events: $0[0], foldedEvents: $0[1], recommendations: $0[2],
                models: Set(try JSONText.strings($0[3])))
        }
    }

    func put(_ erasure: BegunErasure) throws {
        try cachedStatement(sql: "INSERT OR REPLACE INTO begun_erasures VALUES (?, ?, ?, ?, ?)")
            .execute(arguments: [
                erasure.user.rawValue, erasure.events, erasure.foldedEvents,
                erasure.recommendations, JSONText.array(erasure.models.sorted()),
            ])
    }

    func deleteBegunErasure(of user: UserKey) throws {
        try cachedStatement(sql: "DELETE FROM begun_erasures WHERE user = ?")
            .execute(arguments: [user.rawValue])
    }

    func usersBeingErased() throws -> [UserID] {
        let sql = "SELECT u.id FROM begun_erasures b JOIN users u ON u.key = b.user"
        return try String.fetchAll(self, sql: sql).map(UserID.init(stored:))
    }
}

/// The erasure of a user of whom one transaction doesn't take out everything.
struct BegunErasure {
    let user: UserKey
    // So many are gone.
    var events = 0
    var foldedEvents = 0
    var recommendations = 0
    /// Those that may be retrained.
    var models: Set<String> = []
}
