import HTTP
import Support
import TestSupport
import Testing

@testable import API

@Suite struct UsersRoutesTests {
    private let service: TestService

    init() async throws { service = try await TestService() }

    @Test func createsChangesAndReads() async throws {
        let created = try await service.send(.put, "/v1/users/u", #"{"attributes":{"a":1}}"#)
        #expect(created.status == 201)
        #expect(created.text == #"{"attributes":{"a":1},"id":"u"}"#)
        #expect(
            try await service.send(.put, "/v1/users/u", #"{"attributes":{"a":1}}"#).status == 200)
        let changed = try await service.send(.patch, "/v1/users/u", #"{"attributes":{"b":2}}"#)
        #expect(changed.text == #"{"attributes":{"a":1,"b":2},"id":"u"}"#)
        #expect(try await service.get("/v1/users/u").text == changed.text)
        #expect(try await service.send(.patch, "/v1/users/x", "{}").status == 404)
        #expect(try await service.send(.put, "/v1/users/u", #"{"id":"x"}"#).status == 400)
    }

    @Test func listsEventsNewestFirst() async throws {
        _ = try await service.post(
            "/v1/events",
            #"[{"id":"e1","type":"rating","user":"u","item":"a","value":4,"time":1767225600000,"session":"s"},{"type":"view","user":"u","item":"b"},{"type":"view","user":"x","item":"b"}]"#
        )
        let answer = try await service.get("/v1/users/u/events")
        #expect(
            answer.text
                == #"{"events":[{"item":"b","sequence":2,"time":"2026-01-01T00:00:00.000Z","type":"view"},{"id":"e1","item":"a","sequence":1,"session":"s","time":"2026-01-01T00:00:00.000Z","type":"rating","value":4}]}"#
        )
        let page = try await service.get("/v1/users/u/events?before=2&limit=1")
        #expect(page.text.contains(#""sequence":1"#) && !page.text.contains(#""sequence":2"#))
        #expect(try await service.get("/v1/users/u/events?before=0").status == 400)
        #expect(try await service.get("/v1/users/nobody/events").status == 404)
    }

    @Test func exportsEverything() async throws {
        let count = 1005
        try await service.database.store.append((0..<count).map { _ in ("u", "view", "a") })
        let answer = try await service.get("/v1/users/u/export")
        guard case .array(let events)? = answer.json["events"] else {
            Issue.record("no events")
            return
        }
        #expect(events.count == count)
        #expect(answer.json["user"] == .object(["id": .string("u"), "attributes": .object([:])]))
        #expect(try await service.get("/v1/users/nobody/export").status == 404)
    }

    @Test func deletesAPersonAtOnceFromAnswers() async throws {
        try await service.database.store.append([("u", "like", "a"), ("x", "like", "b")])
        let before = try await service.get("/v1/users/u/recommendations")
        #expect(before.json["watermark"] == .integer(1))
        #expect(try await service.send(.delete, "/v1/users/u").status == 204)
        let after = try await service.get("/v1/users/u/recommendations")
        #expect(after.json["watermark"] == .null)
        for path in ["", "/events", "/export"] {
            #expect(try await service.get("/v1/users/u" + path).status == 404)
        }
        #expect(try await service.send(.delete, "/v1/users/u").status == 404)
    }
}
