import GRDB
import Support

/// Which version of each model serves. The rows are never changed: the newest counts.
extension Store {
    /// Puts a version into service. One that the gate kept aside becomes ready by this.
    package func activate(
        model: String, version: Int, reason: String
    ) async throws -> Deployment {
        try await write("activate") { connection in
            let current = try connection.db.deployment(of: model)
            if let current, current.version == version { return current }
            return try connection.deploy(
                model: model, version: version, rollbackVersion: current?.version, reason: reason)
        }
    }

    /// Puts the version into service that served before the current one; again, the one before
    /// that.
    package func rollback(model: String, reason: String) async throws -> Deployment {
        try await write("roll back") { connection in
            guard let target = try connection.db.deployment(of: model)?.rollbackVersion else {
                throw StoreRefusal.noPreviousVersion(model: model)
            }
            let before = try connection.db.deployment(of: model, version: target)
            return try connection.deploy(
                model: model, version: target, rollbackVersion: before?.rollbackVersion,
                reason: reason)
        }
    }
}

extension WriterConnection {
    fileprivate func deploy(
        model: String, version: Int, rollbackVersion: Int?, reason: String
    ) throws -> Deployment {
        guard let info = try db.checkpoint(model: model, version: version) else {
            throw StoreRefusal.unknownCheckpoint(model: model, version: version)
        }
        guard info.state == .ready || info.state == .rejected else {
            throw StoreRefusal.checkpointNotUsable(model: model, version: version)
        }
        if info.state == .rejected {
            try db.setCheckpointState(info.id, .ready, reason: reason)
        }
        return try db.insertDeployment(
            model: model, version: version, rollbackVersion: rollbackVersion, reason: reason,
            at: clock.now())
    }
}

extension Database {
    /// The current deployment of each model.
    func deployments() throws -> [Deployment] {
        let sql = """
            SELECT * FROM deployments
            WHERE id IN (SELECT max(id) FROM deployments GROUP BY model) ORDER BY model
            """
        return try Row.fetchAll(cachedStatement(sql: sql)).map(Deployment.init)
    }

    /// The model's current deployment, or the last one of the given version.
    func deployment(of model: String, version: Int? = nil) throws -> Deployment? {
        let sql = """
            SELECT * FROM deployments WHERE model = ?1 AND (?2 IS NULL OR version = ?2)
            ORDER BY id DESC LIMIT 1
            """
        return try Row.fetchOne(cachedStatement(sql: sql), arguments: [model, version])
            .map(Deployment.init)
    }

    /// All deployments of a model, newest first.
    func deploymentHistory(of model: String, limit: Int) throws -> [Deployment] {
        let sql = "SELECT * FROM deployments WHERE model = ? ORDER BY id DESC LIMIT ?"
        return try Row.fetchAll(cachedStatement(sql: sql), arguments: [model, limit])
            .map(Deployment.init)
    }

    func insertDeployment(
        model: String, version: Int, rollbackVersion: Int?, reason: String, at now: Timestamp
    ) throws -> Deployment {
        try execute(
            sql: """
                INSERT INTO deployments (model, version, rollback_version, reason, activated_at)
                VALUES (?, ?, ?, ?, ?)
                """,
            arguments: [model, version, rollbackVersion, reason, now.milliseconds])
        return Deployment(
            id: lastInsertedRowID, model: model, version: version,
            rollbackVersion: rollbackVersion, reason: reason, activatedAt: now)
    }
}

extension Deployment {
    fileprivate init(_ row: Row) {
        id = row["id"]
        model = row["model"]
        version = row["version"]
        rollbackVersion = row["rollback_version"]
        reason = row["reason"]
        activatedAt = Timestamp(milliseconds: row["activated_at"])
    }
}
