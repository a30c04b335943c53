import HTTP
import HTTPServer
import Store
import Support

/// `POST|GET /v1/admin/keys`, `DELETE /v1/admin/keys/{id}`.
struct KeysRoutes {
    let service: APIService

    var routes: [Route] {
        [
            Route(
                .post, "/v1/admin/keys", .scope(.admin), body: .administrative,
                Operation(
                    .keys, "createKey", "Make a key; the answer alone contains it",
                    content: .json(KeyBody.schema),
                    answers: [
                        .init(
                            status: .created, content: .json(KeyAnswer.schema),
                            fields: ["Location": "The key's path", "Cache-Control": "no-store"])
                    ],
                    problems: [.insufficientStorage]), create),
            Route(
                .get, "/v1/admin/keys", .scope(.admin),
                Operation(
                    .keys, "listKeys", "Keys, the newest first",
                    query: [QueryParameter.before, QueryParameter.limit],
                    answers: [.json(.object(["keys": .array(of: KeyAnswer.schema)]))]), list),
            Route(
                .delete, "/v1/admin/keys/{id}", .scope(.admin),
                Operation(
                    .keys, "revokeKey", "Let a key in no longer",
                    answers: [.json(KeyAnswer.schema)],
                    problems: [.notFound, .insufficientStorage]), revoke),
        ]
    }

    private struct KeyBody: Decodable, Described {
        var name: String
        var scopes: [String]
        var expiresAt: JSONTimestamp?

        static let schema = Schema.object([
            "name": .id, "scopes": .array(of: scope, ["minItems": 1]),
            "expiresAt": Schema.anyTime.optional.described("By default never"),
        ]).named("NewKey")

        private static let scope = Schema.string(oneOf: KeyScope.allCases.map(\.rawValue))
    }

    private func create(_ request: Request) throws -> Reply {
        let draft = try draft(try JSONCoding.decode(KeyBody.self, from: request))
        return .work(for: request) {
            let (key, text) = try await service.store.createKey(draft)
            service.keys.add(key)
            var response = try Response(
                status: .created, encoding: KeyAnswer(key, now: service.clock.now(), text: text))
            response.fields["Location"] = "/v1/admin/keys/\(key.id)"
            response.fields["Cache-Control"] = "no-store"
            return response
        }
    }

    private func draft(_ body: KeyBody) throws -> KeyRecord.Draft {
        guard IdentifierRule.accepts(body.name) else { throw Problem.invalidID("name") }
        let known = KeyScope.allCases.map(\.rawValue)
        guard !body.scopes.isEmpty, body.scopes.allSatisfy(known.contains) else {
            throw Problem.badRequest(
                "invalid-request", "scopes must be a list of " + known.joined(separator: ", "))
        }
        let expiresAt = body.expiresAt?.timestamp
        if let expiresAt, expiresAt <= service.clock.now() {
            throw Problem.badRequest("invalid-request", "expiresAt must lie ahead")
        }
        return KeyRecord.Draft(
            name: body.name, scopes: known.filter(body.scopes.contains), expiresAt: expiresAt)
    }

    private func list(_ request: Request) throws -> Reply {
        let before = try request.value(of: .before)
        let limit = try request.value(of: .limit)
        return .work(for: request) {
            let keys = try await service.store.reader.keys(before: before, limit: limit)
            let now = service.clock.now()
            return try Response(encoding: ["keys": keys.map { KeyAnswer($0, now: now) }])
        }
    }

    private func revoke(_ request: Request) throws -> Reply {
        guard let id = Int64(request.parameters["id"] ?? "") else {
            throw Problem.notFound("a key's id is an integer")
        }
        return .work(for: request) {
            guard let key = try await service.store.revokeKey(id) else {
                throw Problem.notFound("there is no key \(id)")
            }
            service.keys.remove(id)
            return try Response(encoding: KeyAnswer(key, now: service.clock.now()))
        }
    }
}

/// A key as it is answered. Absent values are null.
private struct KeyAnswer: Encodable, Described {
    private let key: KeyRecord
    private let state: KeyRecord.State
    private let text: String?

    private enum Field: String, CodingKey {
        case id, name, scopes, state, createdAt, expiresAt, revokedAt, lastUsedAt, key
    }

    static let schema = Schema.object([
        "id": .integer, "name": .id, "scopes": .array(of: .string),
        "state": .string(oneOf: KeyRecord.State.allCases.map(\.rawValue)), "createdAt": .time,
        "expiresAt": .time.orNull, "revokedAt": .time.orNull, "lastUsedAt": .time.orNull,
        "key": Schema.string.orAbsent.described("Only in the answer to its creation"),
    ]).named("Key")

    /// - Parameter text: The key itself, in the answer to its creation and in no other.
    init(_ key: KeyRecord, now: Timestamp, text: String? = nil) {
        self.key = key
        self.text = text
        state = key.state(at: now)
    }

    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Field.self)
        try fields.encode(key.id, forKey: .id)
        try fields.encode(key.name, forKey: .name)
        try fields.encode(key.scopes, forKey: .scopes)
        try fields.encode(state.rawValue, forKey: .state)
        try fields.encode(JSONTimestamp(key.createdAt), forKey: .createdAt)
        try fields.encode(key.expiresAt.map(JSONTimestamp.init), forKey: .expiresAt)
        try fields.encode(key.revokedAt.map(JSONTimestamp.init), forKey: .revokedAt)
        try fields.encode(key.lastUsedAt.map(JSONTimestamp.init), forKey: .lastUsedAt)
        try fields.encodeIfPresent(text, forKey: .key)
    }
}
