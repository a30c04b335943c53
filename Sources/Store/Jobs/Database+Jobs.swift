import GRDB
import Support

/// Rows of the jobs.
extension Database {
    func job(_ id: Int64) throws -> JobRecord? {
        try Row.fetchOne(
            cachedStatement(sql: "SELECT * FROM jobs WHERE id = ?"), arguments: [id]
        ).map(JobRecord.init)
    }

    /// Newest first.
    func jobs(before id: Int64?, limit: Int) throws -> [JobRecord] {
        let sql = "SELECT * FROM jobs WHERE id < ? ORDER BY id DESC LIMIT ?"
        return try Row.fetchAll(cachedStatement(sql: sql), arguments: [id ?? .max, limit])
            .map(JobRecord.init)
    }

    /// Oldest first.
    func unfinishedJobs() throws -> [JobRecord] {
        let sql = "SELECT * FROM jobs WHERE state IN ('queued', 'running') ORDER BY id"
        return try Row.fetchAll(cachedStatement(sql: sql)).map(JobRecord.init)
    }

    func jobSummary() throws -> JobSummary {
        let counts = try Row.fetchAll(
            cachedStatement(sql: "SELECT state, COUNT(*) AS count FROM jobs GROUP BY state"))
        let ended = """
            SELECT * FROM jobs WHERE started_at IS NOT NULL AND finished_at IS NOT NULL
            ORDER BY finished_at DESC LIMIT 1
            """
        return JobSummary(
            counts: try counts.reduce(into: [:]) { $0[try JobRecord.state(of: $1)] = $1["count"] },
            running: try unfinishedJobs().first { $0.state == .running },
            lastEnded: try Row.fetchOne(cachedStatement(sql: ended)).map(JobRecord.init))
    }

    func insertJob(
        kind: String, models: [String], mode: JobRecord.Mode, force: Bool, at now: Timestamp
    ) throws -> JobRecord {
        try execute(
            sql: """
                INSERT INTO jobs (kind, models, state, mode, force, created_at)
                VALUES (?, ?, 'queued', ?, ?, ?)
                """,
            arguments: [
                kind, JSONText.array(models), mode.rawValue, force, now.milliseconds,
            ])
        guard let job = try job(lastInsertedRowID) else {
            throw StoreError(code: .damagedRow, operation: "enqueue job", context: kind)
        }
        return job
    }

    func writeJob(_ job: JobRecord) throws {
        try execute(
            sql: """
                UPDATE jobs SET state = ?, model = ?, epoch = ?, epochs = ?, progress = ?,
                    metrics = ?, results = ?, error = ?, started_at = ?, finished_at = ?
                WHERE id = ?
                """,
            arguments: [
                job.state.rawValue, job.model, job.epoch, job.epochs, job.progress, job.metrics,
                job.results, job.error, job.startedAt?.milliseconds,
                job.finishedAt?.milliseconds, job.id,
            ])
    }
}

extension JobRecord {
    private static let damaged = StoreError(code: .damagedRow, operation: "read", context: "job")

    fileprivate static func state(of row: Row) throws -> State {
        guard let state = State(rawValue: row["state"]) else { throw damaged }
        return state
    }

    fileprivate init(_ row: Row) throws {
        guard let mode = Mode(rawValue: row["mode"]) else { throw Self.damaged }
        state = try Self.state(of: row)
        self.mode = mode
        id = row["id"]
        kind = row["kind"]
        models = try JSONText.strings(row["models"])
        force = row["force"]
        model = row["model"]
        epoch = row["epoch"]
        epochs = row["epochs"]
        progress = row["progress"]
        metrics = row["metrics"]
        results = row["results"]
        error = row["error"]
        createdAt = Timestamp(milliseconds: row["created_at"])
        startedAt = (row["started_at"] as Int64?).map(Timestamp.init(milliseconds:))
        finishedAt = (row["finished_at"] as Int64?).map(Timestamp.init(milliseconds:))
    }
}
