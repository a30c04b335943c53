import HTTP
import Support
import TestSupport
import Testing

@testable import API

/// The service beside its document. That each answer has the described form, `TestService` checks.
@Suite struct OpenAPIAnswersTests {
    private static let event =
        #"{"id":"e1","type":"rating","user":"u","item":"i","value":5,"time":"2025-12-31T00:00:00Z","#
        + #""recommendation":"r-1","session":"s","properties":{"device":"ios"}}"#
    private static let item =
        #"{"available":true,"categories":["a"],"title":"t","attributes":{"x":1},"#
        + #""embedding":[0.5],"createdAt":"2025-01-01T00:00:00Z","#
        + #""availableFrom":"2025-01-01T00:00:00Z","expiresAt":"2099-01-01T00:00:00Z"}"#

    /// What nothing has here: uses of keys are stored later.
    private static let alwaysNull: Set<String> = ["/components/schemas/Key/properties/lastUsedAt"]

    /// A request for each good answer of each operation but those about jobs and models.
    private static let requests: [(HTTP.Method, String, String)] = [
        (.post, "/v1/events", event),
        (.post, "/v1/events", #"[{"id":"e2","type":"view","user":"u","item":"j"},{}]"#),
        (.delete, "/v1/events/e2", ""),
        (.put, "/v1/items/new", "{}"),
        (.put, "/v1/items/i", item),
        (.patch, "/v1/items/i", #"{"title":"other"}"#),
        (.get, "/v1/items/i", ""),
        (.get, "/v1/items?limit=2", ""),
        (.post, "/v1/items", #"{"id":"k"}"#),
        (.post, "/v1/items", #"[{"id":"k"},{}]"#),
        (.delete, "/v1/items/k", ""),
        (.put, "/v1/users/v", "{}"),
        (.put, "/v1/users/v", #"{"attributes":{"age":5}}"#),
        (.patch, "/v1/users/v", #"{"attributes":{"age":6}}"#),
        (.get, "/v1/users/v", ""),
        (.get, "/v1/users/u/events", ""),
        (.post, "/v1/recommendations", #"{"history":["i"]}"#),
        (.get, "/v1/items/i/similar", ""),
        (.delete, "/v1/users/v", ""),
        (.get, "/metrics", ""),
        (.post, "/v1/admin/backup", ""),
        (.get, "/health/live", ""),
        (.get, "/health/ready", ""),
        (.get, "/openapi.json", ""),
    ]

    private func showModels(_ service: TestService) async throws {
        let path = "/v1/admin/models/popularity"
        for counts in [[1, 2], [2, 1]] {
            let version = try await service.putCheckpoint(
                items: ["i", "j"], counts: counts, metrics: #"{"ndcg@10":0.5}"#, watermark: 100)
            _ = try await service.post(path + "/activate", #"{"version":\#(version)}"#)
        }
        try await service.database.store.setCheckpointState(
            model: "popularity", version: 1, .ready, reason: "first")
        _ = try await service.get("/v1/admin/models")
        _ = try await service.get(path + "/versions")
        let weights = try await service.get(path + "/versions/1/weights")
        let tag = try #require(weights.response.fields["ETag"])
        _ = try await service.send(
            .get, path + "/versions/1/weights", fields: ["If-None-Match": tag])
        _ = try await service.post(path + "/rollback", "")
    }

    /// What was recommended, and what came of it.
    private func showStatistics(_ service: TestService) async throws {
        let answer = try await service.get("/v1/users/u/recommendations?model=popularity&k=1")
        let id = try #require(answer.json["id"]?.string)
        let item = try #require(answer.json["items"]?[0]?["item"]?.string)
        _ = try await service.post(
            "/v1/events",
            #"{"type":"click","user":"u","item":"\#(item)","recommendation":"\#(id)"}"#)
        try await service.database.store.writeWaitingRecommendations()
        _ = try await service.get("/v1/admin/stats")
        _ = try await service.get("/v1/users/u/export")
    }

    /// The last thing: from the first key on, the others need one.
    private func showKeys(_ service: TestService) async throws {
        let answer = try await service.post(
            "/v1/admin/keys",
            #"{"name":"ops","scopes":["admin"],"expiresAt":"2027-01-01T00:00:00Z"}"#)
        let key = try #require(answer.json["key"]?.string)
        _ = try await service.send(.post, "/v1/admin/models/ease/rollback", key: key)
        _ = try await service.send(.get, "/v1/admin/audit", key: key)
        _ = try await service.send(.get, "/v1/admin/keys", key: key)
        _ = try await service.send(.delete, "/v1/admin/keys/1", key: key)
    }

    private func showJobs(_ service: TestService) async throws {
        _ = try await service.post("/v1/admin/retrain", "")
        _ = try await service.post("/v1/admin/retrain", "")
        _ = try await service.database.store.updateJob(1) { row in
            (row.model, row.epoch, row.epochs, row.error) = ("ease", 1, 2, "none")
            row.startedAt = row.createdAt
            row.results =
                #"[{"model":"ease","version":1,"start":"fresh","promoted":true,"reason":"first"}]"#
        }
        _ = try await service.get("/v1/admin/jobs")
        _ = try await service.get("/v1/admin/jobs/1")
        _ = try await service.send(.delete, "/v1/admin/jobs/1")
        _ = try await service.get("/v1/admin/jobs/1")
    }

    /// The fields of an answer's schema, and of those that it refers to.
    private func fields(_ document: JSONValue, _ schema: String) -> Set<String> {
        guard let keywords = document[pointer: schema] else { return [] }
        if let reference = keywords["$ref"]?.string {
            return fields(document, String(reference.dropFirst()))
        }
        var found: Set<String> = []
        for key in keywords["properties"]?.keys ?? [] {
            let field = "\(schema)/properties/\(key)"
            found.insert(field)
            found.formUnion(fields(document, field))
        }
        for choice in (keywords["anyOf"]?.array ?? []).indices {
            found.formUnion(fields(document, "\(schema)/anyOf/\(choice)"))
        }
        return found.union(fields(document, schema + "/items"))
            .union(fields(document, schema + "/additionalProperties"))
    }

    @Test func givesEachAnswerThatIsDescribedWithEachOfItsFields() async throws {
        let service = try await TestService()
        service.readiness.becomeReady()
        for item in ["i", "j"] { _ = try await service.send(.put, "/v1/items/" + item, "{}") }
        try await showModels(service)
        for (method, target, body) in Self.requests {
            _ = try await service.send(method, target, body)
        }
        try await showStatistics(service)
        try await showJobs(service)
        try await showKeys(service)
        _ = try await service.send(.get, "/openapi.json", fields: ["If-None-Match": "*"])
        let document = service.contract.document
        var answers: Set<String> = []
        var described: Set<String> = []
        for route in try service.api.routes() {
            let place =
                "/paths" + JSONValue.pointerPart(route.pattern) + "/"
                + route.method.rawValue.lowercased() + "/responses"
            for status in document[pointer: place]?.keys ?? [] where status < "400" {
                answers.insert("\(route.operation.id) \(status)")
                described.formUnion(
                    fields(document, "\(place)/\(status)/content/application~1json/schema"))
            }
        }
        let met = service.contract.all
        #expect(answers.subtracting(met.answers) == [])
        #expect(described.subtracting(met.fields) == Self.alwaysNull)
    }

    @Test func refusesQueryParametersThatNoOperationTellsOf() async throws {
        let service = try await TestService()
        for route in try service.api.routes() {
            let path = route.pattern.replacing("{", with: "").replacing("}", with: "")
            let answer = try await service.send(route.method, path + "?unheard=1", "{}")
            #expect(answer.problem == "unknown-parameter", "\(route.pattern)")
        }
    }

    /// A parameter that is declared and not read would be a filter that isn't applied.
    @Test func readsEachQueryParameterThatItTellsOf() async throws {
        let service = try await TestService()
        _ = try await service.post("/v1/events", #"{"type":"view","user":"user","item":"item"}"#)
        for route in try service.api.routes() {
            let path = route.pattern.replacing("{", with: "").replacing("}", with: "")
            for parameter in route.operation.query {
                let answer = try await service.send(
                    route.method, path + "?\(parameter.name)=%00", "{}")
                #expect(answer.status == 400, "\(route.pattern) \(parameter.name)")
                #expect(
                    ["invalid-parameter", "invalid-id", "unknown-model"].contains(answer.problem),
                    "\(route.pattern) \(parameter.name)")
            }
        }
    }

    @Test func takesContentWhereItTellsOfIt() async throws {
        for route in try await TestService().api.routes() {
            if case .none = route.body {
                #expect(route.operation.content == nil, "\(route.pattern)")
            } else {
                #expect(route.operation.content != nil, "\(route.pattern)")
            }
        }
    }
}
