import HTTP
import Store
import Support
import TestSupport
import Testing

@testable import API

/// Keys and the audit log, through the routes.
@Suite struct KeysRoutesTests {
    private static let all = #"["events","recommendations","admin"]"#

    private func create(
        _ service: TestService, _ name: String, _ scopes: String, by key: String? = nil
    ) async throws -> String {
        let body = #"{"name":"\#(name)","scopes":\#(scopes)}"#
        let answer =
            if let key {
                try await service.send(.post, "/v1/admin/keys", body, key: key)
            } else {
                try await service.post("/v1/admin/keys", body)
            }
        #expect(answer.status == 201, "\(answer.text)")
        guard case .string(let text)? = answer.json["key"] else {
            throw Problem.badRequest("no-key", answer.text)
        }
        return text
    }

    private func entries(_ service: TestService) async throws -> [String] {
        try await service.database.store.reader.audit(limit: 1000).map { entry in
            let who = entry.keyID.map { "key \($0) \(entry.keyName ?? "")" }
            return "\(who ?? entry.caller.rawValue): \(entry.method) \(entry.route) "
                + "\(entry.target ?? "-") \(entry.status)"
        }
    }

    @Test func theFirstKeyClosesTheServiceAndTheNextRequestNeedsIt() async throws {
        let service = try await TestService()
        #expect(try await service.get("/v1/admin/stats").status == 200)
        let answer = try await service.post(
            "/v1/admin/keys",
            #"{"name":"ops","scopes":["admin"],"expiresAt":"2027-01-01T00:00:00Z"}"#)
        #expect(answer.status == 201)
        #expect(answer.response.fields["Location"] == "/v1/admin/keys/1")
        #expect(answer.response.fields["Cache-Control"] == "no-store")
        guard case .string(let key)? = answer.json["key"] else {
            Issue.record("the answer has no key: \(answer.text)")
            return
        }
        #expect(try await service.get("/v1/admin/stats").status == 401)
        #expect(try await service.get("/v1/nowhere").status == 401)
        #expect(try await service.get("/health/live").status == 200)
        #expect(try await service.send(.get, "/v1/admin/stats", key: key).status == 200)
        #expect(try await service.send(.get, "/v1/nowhere", key: key).status == 404)
        #expect(try await service.send(.put, "/v1/items/i", "{}", key: key).status == 403)
        let list = try await service.send(.get, "/v1/admin/keys", key: key)
        #expect(
            list.text == #"{"keys":[{"createdAt":"2026-01-01T00:00:00.000Z","#
                + #""expiresAt":"2027-01-01T00:00:00.000Z","id":1,"lastUsedAt":null,"name":"ops","#
                + #""revokedAt":null,"scopes":["admin"],"state":"valid"}]}"#)
        let revoked = try await service.send(.delete, "/v1/admin/keys/1", key: key)
        #expect(revoked.status == 200)
        #expect(revoked.json["state"] == .string("revoked"))
        #expect(try await service.send(.get, "/v1/admin/stats", key: key).status == 401)
    }

    @Test func aClockThatIsSetBackBringsNoKeyBackToLife() async throws {
        let service = try await TestService()
        let answer = try await service.post(
            "/v1/admin/keys",
            #"{"name":"shop","scopes":["admin"],"expiresAt":"2026-01-01T00:01:00Z"}"#)
        guard case .string(let key)? = answer.json["key"] else {
            Issue.record("\(answer.text)")
            return
        }
        var statuses: [Int] = []
        for seconds in [0, 60, -60, 3600] {
            service.database.clock.advance(by: .seconds(seconds))
            statuses.append(try await service.send(.get, "/v1/admin/stats", key: key).status)
        }
        #expect(statuses == [200, 401, 401, 401])
    }

    @Test func saysWhichScopeIsMissing() async throws {
        let service = try await TestService()
        let key = try await create(service, "shop", #"["events"]"#)
        let answer = try await service.send(.get, "/v1/users/u/recommendations", key: key)
        #expect(answer.status == 403)
        #expect(answer.problem == "insufficient-scope")
        #expect(answer.json["detail"] == .string("this needs a key with the scope recommendations"))
        #expect(
            answer.response.fields["WWW-Authenticate"]
                == #"Bearer error="insufficient_scope", scope="recommendations""#)
    }

    /// Each route has the access that its table says, and none lets a stranger in by mistake.
    @Test func everyRouteAsksForItsScope() async throws {
        let service = try await TestService(key: "root")
        var keys: [KeyScope: String] = [:]
        for scope in KeyScope.allCases {
            keys[scope] = try await create(
                service, scope.rawValue, #"["\#(scope.rawValue)"]"#, by: "root")
        }
        for route in try service.api.routes() {
            let path = route.pattern.replacing(/\{[a-z]+\}/, with: "1")
            func status(_ key: String?) async throws -> Int {
                let fields: Fields = key.map { ["Authorization": "Bearer \($0)"] } ?? [:]
                return try await service.send(route.method, path, fields: fields).status
            }
            let isOpen = route.access == .anybody
            #expect(try await (status(nil) == 401) == !isOpen, "\(route.method) \(path)")
            #expect(
                isOpen == (route.pattern.hasPrefix("/health/") || route.pattern == "/openapi.json"),
                "\(route.method) \(path)")
            for scope in KeyScope.allCases
            where ![.anybody, .anyKey, .scope(scope)].contains(route.access) {
                #expect(try await status(keys[scope]) == 403, "\(route.method) \(path)")
            }
            #expect(
                (route.access == .scope(.admin)) == route.pattern.hasPrefix("/v1/admin/"),
                "\(route.method) \(path)")
        }
    }

    @Test(arguments: [
        (#"{"name":"","scopes":["admin"]}"#, "name"), (#"{"scopes":["admin"]}"#, "name"),
        (#"{"name":"a","scopes":[]}"#, "scopes"), (#"{"name":"a"}"#, "scopes"),
        (#"{"name":"a","scopes":["root"]}"#, "scopes"),
        (#"{"name":"a","scopes":["admin"],"expiresAt":1}"#, "expiresAt"),
    ])
    func refusesABadKeyByTheFieldsName(body: String, field: String) async throws {
        let service = try await TestService()
        let answer = try await service.post("/v1/admin/keys", body)
        #expect(answer.status == 400)
        #expect(answer.text.contains(field), "\(answer.text)")
        #expect(try await service.get("/v1/admin/keys").text == #"{"keys":[]}"#)
    }

    @Test func anUnknownKeyIsNotFound() async throws {
        let service = try await TestService()
        #expect(try await service.send(.delete, "/v1/admin/keys/1").status == 404)
        #expect(try await service.send(.delete, "/v1/admin/keys/x").status == 404)
    }

    @Test func theLogSaysWhoDidWhatWithWhichResult() async throws {
        let service = try await TestService()
        let key = try await create(service, "ops", Self.all)
        _ = try await service.send(
            .post, "/v1/admin/retrain", #"{"models":["ease"]}"#, key: key)
        _ = try await service.send(.post, "/v1/admin/retrain", "nonsense", key: key)
        _ = try await service.send(.get, "/v1/admin/stats", key: key)
        _ = try await service.send(
            .post, "/v1/admin/models/ease/activate", #"{"version":9}"#, key: key)
        _ = try await service.send(.delete, "/v1/admin/jobs/1", key: key)
        _ = try await service.send(.delete, "/v1/users/someone", key: key)
        _ = try await service.send(.delete, "/v1/admin/keys/1", key: key)
        #expect(
            try await entries(service) == [
                "key 1 ops: DELETE /v1/admin/keys/{id} 1 200",
                "key 1 ops: DELETE /v1/admin/jobs/{id} 1 200",
                "key 1 ops: POST /v1/admin/models/{name}/activate ease 404",
                "key 1 ops: POST /v1/admin/retrain - 400",
                "key 1 ops: POST /v1/admin/retrain - 202",
                "loopback: POST /v1/admin/keys - 201",
            ])
    }

    /// Of what a path names 100 characters are stored.
    @Test(arguments: [(99, 99), (100, 100), (101, 100)])
    func aLongNameIsCutOffInTheLog(length: Int, stored: Int) async throws {
        let service = try await TestService()
        let name = String(repeating: "m", count: length)
        _ = try await service.post("/v1/admin/models/\(name)/rollback", "")
        let entry = try await service.database.store.reader.audit(limit: 1).first
        #expect(entry?.target?.count == stored)
    }

    @Test func refusedCallsAreInTheLog() async throws {
        let service = try await TestService(key: "root")
        let key = try await create(service, "shop", #"["events"]"#, by: "root")
        #expect(try await service.send(.get, "/v1/admin/stats", key: key).status == 403)
        #expect(try await service.send(.delete, "/v1/admin/keys/1", key: "wrong").status == 401)
        #expect(try await service.send(.get, "/v1/users/u", key: "wrong").status == 401)
        // Refusals are stored behind their answers.
        var found: [String] = []
        while found.count < 3 {
            found = try await entries(service)
            await Task.yield()
        }
        #expect(
            Set(found) == [
                "unknown: DELETE /v1/admin/keys/{id} 1 401",
                "key 1 shop: GET /v1/admin/stats - 403",
                "configured: POST /v1/admin/keys - 201",
            ])
        let page = try await service.send(.get, "/v1/admin/audit?limit=1", key: "root")
        guard case .array(let entries)? = page.json["entries"] else {
            Issue.record("\(page.text)")
            return
        }
        #expect(entries.count == 1)
        #expect(try await service.send(.get, "/v1/admin/audit?limit=0", key: "root").status == 400)
    }

    /// A stranger gets 60 entries, and then one a second.
    @Test func aFloodOfRefusalsIsCountedAndNotStored() async throws {
        let clock = ManualMonotonicClock()
        var options = APIService.Options()
        options.monotonicClock = clock
        let service = try await TestService(key: "root", options: options)
        for _ in 0..<100 { _ = try await service.get("/v1/admin/stats") }
        clock.advance(by: .seconds(1))
        _ = try await service.get("/v1/admin/stats")
        var stored: [AuditEntry] = []
        while stored.count < 61 {
            stored = try await service.database.store.reader.audit(limit: 1000)
            await Task.yield()
        }
        #expect(stored.count == 61)
        #expect(stored.map(\.omitted).reduce(0, +) == 40)
    }
}
