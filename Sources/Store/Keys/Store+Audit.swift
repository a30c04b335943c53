import GRDB
import Support

extension Store {
    /// Adds an entry, and drops the oldest beyond the bound of its kind: `auditedCalls` of the store's
    /// options for calls that were let in, a tenth of that for refusals.
    package func appendAudit(_ entry: AuditEntry) async throws {
        let maximum = options.auditedCalls
        try await write("audit") { connection in
            try connection.db.insert(entry)
            try connection.db.trimAudit(to: maximum)
        }
    }
}

extension StoreReader {
    /// Newest first.
    package func audit(before id: Int64? = nil, limit: Int) async throws -> [AuditEntry] {
        try await read { try $0.db.auditEntries(before: id, limit: limit) }
    }
}

extension Database {
    fileprivate func insert(_ entry: AuditEntry) throws {
        try execute(
            sql: """
                INSERT INTO audit_log (time, caller, key_id, key_name, address, method, route,
                    target, status, is_refusal, omitted)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                entry.time.milliseconds, entry.caller.rawValue, entry.keyID, entry.keyName,
                entry.address, entry.method, entry.route, entry.target, entry.status,
                entry.isRefusal, entry.omitted,
            ])
    }

    /// Finding the bound is a walk along an index, so it isn't done for every entry.
    fileprivate func trimAudit(to maximum: Int) throws {
        guard
            maximum < Self.trimInterval * 10
                || lastInsertedRowID.isMultiple(of: Int64(Self.trimInterval))
        else { return }
        for (isRefusal, bound) in [(false, maximum), (true, max(1, maximum / 10))] {
            try execute(
                sql: """
                    DELETE FROM audit_log WHERE is_refusal = :kind AND id <= (
                        SELECT id FROM audit_log WHERE is_refusal = :kind
                        ORDER BY id DESC LIMIT 1 OFFSET :bound)
                    """,
                arguments: ["kind": isRefusal, "bound": bound])
        }
    }

    fileprivate func auditEntries(before id: Int64?, limit: Int) throws -> [AuditEntry] {
        let sql = "SELECT * FROM audit_log WHERE id < ? ORDER BY id DESC LIMIT ?"
        return try Row.fetchAll(cachedStatement(sql: sql), arguments: [id ?? .max, limit])
            .map(AuditEntry.init)
    }

    private static let trimInterval = 64
}

extension AuditEntry {
    fileprivate init(_ row: Row) throws {
        guard let caller = Caller(rawValue: row["caller"]) else {
            throw StoreError(code: .damagedRow, operation: "read", context: "audit")
        }
        self.init(
            time: Timestamp(milliseconds: row["time"]), caller: caller, keyID: row["key_id"],
            keyName: row["key_name"], address: row["address"], method: row["method"],
            route: row["route"], target: row["target"], status: row["status"])
        id = row["id"]
        omitted = row["omitted"]
    }
}
