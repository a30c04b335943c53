import Foundation
import GRDB
import Support

/// Rows of the checkpoints and their parts.
extension Database {
    /// Those that are whole.
    func checkpoints(model: String?) throws -> [CheckpointInfo] {
        let sql = """
            SELECT * FROM checkpoints WHERE state <> 'writing' AND (?1 IS NULL OR model = ?1)
            ORDER BY model, version DESC
            """
        return try Row.fetchAll(cachedStatement(sql: sql), arguments: [model])
            .map(CheckpointInfo.init)
    }

    func checkpoint(model: String, version: Int) throws -> CheckpointInfo? {
        let sql = "SELECT * FROM checkpoints WHERE model = ? AND version = ?"
        return try Row.fetchOne(cachedStatement(sql: sql), arguments: [model, version])
            .map(CheckpointInfo.init)
    }

    func checkpoint(_ id: CheckpointID) throws -> CheckpointInfo? {
        let sql = "SELECT * FROM checkpoints WHERE id = ?"
        return try Row.fetchOne(cachedStatement(sql: sql), arguments: [id.rawValue])
            .map(CheckpointInfo.init)
    }

    func beginCheckpoint(
        model: String, watermark: EventSequence, jobID: Int64?, components: [String: Int],
        at now: Timestamp
    ) throws -> CheckpointInfo {
        try execute(
            sql: """
                INSERT INTO models (name, last_version) VALUES (?, 1)
                ON CONFLICT (name) DO UPDATE SET last_version = last_version + 1
                """,
            arguments: [model])
        try execute(
            sql: """
                INSERT INTO checkpoints (model, version, state, watermark, job, created_at)
                SELECT name, last_version, 'writing', ?, ?, ? FROM models WHERE name = ?
                """,
            arguments: [watermark.rawValue, jobID, now.milliseconds, model])
        guard let info = try checkpoint(CheckpointID(lastInsertedRowID)) else {
            throw StoreError(code: .damagedRow, operation: "begin checkpoint", context: model)
        }
        for (component, version) in components {
            try insertComponent(of: info.id, model: component, version: version)
        }
        return info
    }

    private func insertComponent(
        of id: CheckpointID, model: String, version: Int
    ) throws {
        guard let info = try checkpoint(model: model, version: version), info.state != .writing
        else { throw StoreRefusal.unknownCheckpoint(model: model, version: version) }
        try execute(
            sql: """
                INSERT INTO checkpoint_components (checkpoint, model, version) VALUES (?, ?, ?)
                """,
            arguments: [id.rawValue, model, version])
    }

    func insertCheckpointPart(_ id: CheckpointID, number: Int, _ bytes: [UInt8]) throws {
        try cachedStatement(
            sql: "INSERT INTO checkpoint_parts (checkpoint, number, bytes) VALUES (?, ?, ?)"
        ).execute(arguments: [id.rawValue, number, Data(bytes)])
    }

    func markCheckpointReady(
        _ id: CheckpointID, byteCount: Int, checksum: String, metrics: String,
        preprocessing: String
    ) throws {
        try execute(
            sql: """
                UPDATE checkpoints
                SET state = 'ready', byte_count = ?, checksum = ?, metrics = ?, preprocessing = ?
                WHERE id = ?
                """,
            arguments: [byteCount, checksum, metrics, preprocessing, id.rawValue])
    }

    func setCheckpointState(
        _ id: CheckpointID, _ state: CheckpointInfo.State, reason: String?
    ) throws {
        try execute(
            sql: "UPDATE checkpoints SET state = ?, reason = ? WHERE id = ?",
            arguments: [state.rawValue, reason, id.rawValue])
    }

    /// Removes a part of a checkpoint that isn't whole, and behind the last part the checkpoint.
    ///
    /// - Parameter uploads: Those whose parts are still coming.
    /// - Returns: False where there is nothing to remove.
    func deleteUnfinishedPart(except uploads: some Sequence<CheckpointID>) throws -> Bool {
        let ids = try Int64.fetchAll(
            self, sql: "SELECT id FROM checkpoints WHERE state = 'writing'")
        guard let id = ids.first(where: { !uploads.contains(CheckpointID($0)) }) else {
            return false
        }
        try execute(
            sql: """
                DELETE FROM checkpoint_parts WHERE rowid = (
                    SELECT rowid FROM checkpoint_parts WHERE checkpoint = ? LIMIT 1)
                """,
            arguments: [id])
        if changesCount == 0 {
            try execute(sql: "DELETE FROM checkpoints WHERE id = ?", arguments: [id])
        }
        return true
    }

    /// Keeps the newest of a model, those that served last, the one in service and the one that a
    /// rollback brings back, and those that a stored version of another model is made of. The others
    /// are no longer whole.
    ///
    /// - Parameter served: How many of those that served; 0 for all.
    func discardCheckpoints(model: String, keeping count: Int, served: Int) throws {
        try execute(
            sql: """
                UPDATE checkpoints SET state = 'writing'
                WHERE model = :model AND state <> 'writing'
                  AND version NOT IN (
                    SELECT version FROM checkpoints WHERE model = :model AND state <> 'writing'
                    ORDER BY version DESC LIMIT :count)
                  AND version NOT IN (
                    SELECT version FROM deployments WHERE model = :model
                    GROUP BY version ORDER BY max(id) DESC LIMIT :served)
                  AND version NOT IN (
                    SELECT value FROM (
                        SELECT version, rollback_version FROM deployments WHERE model = :model
                        ORDER BY id DESC LIMIT 1) AS current,
                    json_each(json_array(current.version, current.rollback_version))
                    WHERE value IS NOT NULL)
                  AND version NOT IN (
                    SELECT version FROM checkpoint_components WHERE model = :model)
                """,
            arguments: ["model": model, "count": count, "served": served > 0 ? served : -1])
    }

    /// All bytes, proved to be the ones that were stored.
    func loadCheckpoint(model: String, version: Int) throws -> [UInt8] {
        guard let info = try checkpoint(model: model, version: version) else {
            throw StoreRefusal.unknownCheckpoint(model: model, version: version)
        }
        guard info.state != .writing else {
            throw StoreRefusal.checkpointNotUsable(model: model, version: version)
        }
        let sql = "SELECT bytes FROM checkpoint_parts WHERE checkpoint = ? ORDER BY number"
        let parts = try Data.fetchCursor(
            cachedStatement(sql: sql), arguments: [info.id.rawValue])
        var bytes: [UInt8] = []
        bytes.reserveCapacity(info.byteCount)
        var upload = CheckpointUpload()
        while let part = try parts.next() {
            upload.add([UInt8](part))
            bytes.append(contentsOf: part)
        }
        guard upload.byteCount == info.byteCount, upload.checksum == info.checksum else {
            throw StoreError(
                code: .damagedCheckpoint, operation: "load checkpoint",
                context: "version \(version) of \(model)")
        }
        return bytes
    }
}

extension CheckpointInfo {
    fileprivate init(_ row: Row) throws {
        guard let state = State(rawValue: row["state"]) else {
            throw StoreError(code: .damagedRow, operation: "read", context: "checkpoint state")
        }
        self.state = state
        id = CheckpointID(row["id"])
        model = row["model"]
        version = row["version"]
        watermark = EventSequence(row["watermark"])
        jobID = row["job"]
        createdAt = Timestamp(milliseconds: row["created_at"])
        byteCount = row["byte_count"]
        checksum = row["checksum"]
        metrics = row["metrics"]
        preprocessing = row["preprocessing"]
        reason = row["reason"]
    }
}
