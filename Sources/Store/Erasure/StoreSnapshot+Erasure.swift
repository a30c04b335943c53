import GRDB

extension StoreSnapshot {
    /// Those of the given versions, by model, that may have been trained with somebody who was erased
    /// since: an erasure asked for the training of the model, and the version is from before. Where
    /// erasures ask for none (`erasure.retrain`), nothing tells.
    package func versionsFromBeforeErasures(_ versions: [String: Int]) throws -> [String: Int] {
        try versions.filter { model, version in
            let sql = """
                SELECT EXISTS (
                    SELECT 1 FROM checkpoints c JOIN jobs j ON j.kind = ?3 AND
                        CASE WHEN c.job IS NULL THEN c.created_at <= j.created_at ELSE c.job < j.id END
                    WHERE c.model = ?1 AND c.version = ?2
                        AND ?1 IN (SELECT value FROM json_each(j.models)))
                """
            return try Bool.fetchOne(
                db.cachedStatement(sql: sql), arguments: [model, version, JobRecord.erasure])
                ?? false
        }
    }
}
