import HTTP
import HTTPServer
import Store
import Support

/// `GET /v1/admin/audit`.
struct AuditRoutes {
    let service: APIService

    var routes: [Route] {
        [
            Route(
                .get, "/v1/admin/audit", .scope(.admin),
                Operation(
                    .keys, "listAuditEntries", "Administrative calls, the newest first",
                    query: [QueryParameter.before, QueryParameter.limit],
                    answers: [.json(.object(["entries": .array(of: AuditAnswer.schema)]))]), list)
        ]
    }

    private func list(_ request: Request) throws -> Reply {
        let before = try request.value(of: .before)
        let limit = try request.value(of: .limit)
        return .work(for: request) {
            let entries = try await service.store.reader.audit(before: before, limit: limit)
            return try Response(encoding: ["entries": entries.map(AuditAnswer.init)])
        }
    }
}

/// An entry as it is answered. Absent values are null.
private struct AuditAnswer: Encodable, Described {
    let entry: AuditEntry

    private enum Field: String, CodingKey {
        case id, time, caller, keyId, keyName, address, method, route, target, status, omitted
    }

    static let schema = Schema.object([
        "id": .integer, "time": .time,
        "caller": .string(oneOf: AuditEntry.Caller.allCases.map(\.rawValue)),
        "keyId": .integer.orNull, "keyName": .string.orNull, "address": .string.orNull,
        "method": .string, "route": .string,
        "target": Schema.string.orNull.described("The model, version, job or key"),
        "status": .integer,
        "omitted": Schema.integer.described("Refused calls before this one that aren't listed"),
    ]).named("AuditEntry")

    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Field.self)
        try fields.encode(entry.id, forKey: .id)
        try fields.encode(JSONTimestamp(entry.time), forKey: .time)
        try fields.encode(entry.caller.rawValue, forKey: .caller)
        try fields.encode(entry.keyID, forKey: .keyId)
        try fields.encode(entry.keyName, forKey: .keyName)
        try fields.encode(entry.address, forKey: .address)
        try fields.encode(entry.method, forKey: .method)
        try fields.encode(entry.route, forKey: .route)
        try fields.encode(entry.target, forKey: .target)
        try fields.encode(entry.status, forKey: .status)
        try fields.encode(entry.omitted, forKey: .omitted)
    }
}
