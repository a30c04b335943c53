import Events
import Foundation
import GRDB
import Support

/// Rows of the log of recommendations.
extension Database {
    func key(of source: AnswerSource) throws -> Int64 {
        let values: StatementArguments = [
            source.route.rawValue, source.policy, source.model ?? "", source.version,
        ]
        try cachedStatement(
            sql: """
                INSERT OR IGNORE INTO answer_sources (route, policy, model, version)
                VALUES (?, ?, ?, ?)
                """
        ).execute(arguments: values)
        let sql = """
            SELECT key FROM answer_sources
            WHERE route = ? AND policy = ? AND model = ? AND version = ?
            """
        guard let key = try Int64.fetchOne(cachedStatement(sql: sql), arguments: values) else {
            throw StoreError(code: .damagedRow, operation: "append", context: "answer_sources")
        }
        return key
    }

    func answerSource(_ key: Int64) throws -> AnswerSource {
        let sql = "SELECT route, policy, model, version FROM answer_sources WHERE key = ?"
        let row = try Row.fetchOne(cachedStatement(sql: sql), arguments: [key])
        guard let source = row.flatMap(AnswerSource.init) else {
            throw StoreError(code: .damagedRow, operation: "read", context: "answer_sources")
        }
        return source
    }

    func hasUser(_ key: UserKey) throws -> Bool {
        let sql = "SELECT EXISTS (SELECT 1 FROM users WHERE key = ?)"
        return try Bool.fetchOne(cachedStatement(sql: sql), arguments: [key.rawValue]) ?? false
    }

    /// Who made a stored answer, and what it showed.
    func recommendation(_ id: AnswerID) throws -> (source: Int64, items: [ItemKey])? {
        let sql = "SELECT source, items FROM recommendations WHERE id = ? AND nonce = ?"
        return try Row.fetchOne(
            cachedStatement(sql: sql), arguments: [id.number, Int64(bitPattern: id.nonce)]
        ).map { row in (row[0], try ItemKeyList.decode(row[1])) }
    }

    /// A user's answers with a number below the given one, newest first.
    func recommendations(
        of user: UserKey, before: AnswerID?, limit: Int
    ) throws -> [GivenAnswer] {
        var sources: [Int64: AnswerSource] = [:]
        var names: [ItemKey: ItemID] = [:]
        let sql = """
            SELECT id, nonce, source, items FROM recommendations
            WHERE user = ? AND id < ? ORDER BY id DESC LIMIT ?
            """
        return try Row.fetchAll(
            cachedStatement(sql: sql),
            arguments: [user.rawValue, before?.number ?? .max, limit]
        ).map { row in
            let key: Int64 = row["source"]
            let source = try sources[key] ?? answerSource(key)
            sources[key] = source
            let nonce: Int64 = row["nonce"]
            let items = try ItemKeyList.decode(row["items"]).compactMap { key in
                if let name = names[key] { return name }
                let name = try itemID(of: key)
                names[key] = name
                return name
            }
            return GivenAnswer(
                id: AnswerID(number: row["id"], nonce: UInt64(bitPattern: nonce)), source: source,
                items: items)
        }
    }

    private func itemID(of key: ItemKey) throws -> ItemID? {
        let statement = try cachedStatement(sql: "SELECT id FROM items WHERE key = ?")
        return try String.fetchOne(statement, arguments: [key.rawValue]).map(ItemID.init(stored:))
    }

    /// - Returns: How many were deleted.
    func deleteRecommendations(of user: UserKey, limit: Int) throws -> Int {
        try cachedStatement(
            sql: """
                DELETE FROM recommendations WHERE id IN
                    (SELECT id FROM recommendations WHERE user = ? LIMIT ?)
                """
        ).execute(arguments: [user.rawValue, limit])
        return changesCount
    }

    /// - Returns: How many were deleted.
    func deleteOldestRecommendations(_ limit: Int, before number: Int64 = .max) throws -> Int {
        try cachedStatement(
            sql: """
                DELETE FROM recommendations WHERE id IN
                    (SELECT id FROM recommendations WHERE id < ? ORDER BY id LIMIT ?)
                """
        ).execute(arguments: [number, limit])
        return changesCount
    }
}

extension AnswerSource {
    fileprivate init?(_ row: Row) {
        guard let route = Route(rawValue: row["route"]) else { return nil }
        let model: String = row["model"]
        self.init(
            route: route, policy: row["policy"], model: model.isEmpty ? nil : model,
            version: row["version"])
    }
}
