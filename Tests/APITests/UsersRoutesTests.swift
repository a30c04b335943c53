import Events
import HTTP
import Store
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

    @Test func attributesHaveTheirBytes() async throws {
        func body(_ name: String, bytes: Int) -> String {
            let text = String(repeating: "x", count: bytes - #"{"a":""}"#.utf8.count)
            return #"{"attributes": {"\#(name)": "\#(text)"}}"#
        }
        let maximum = UserBody.maximumAttributesBytes
        #expect(
            try await service.send(.put, "/v1/users/u", body("a", bytes: maximum)).status == 201)
        let refused = try await service.send(.put, "/v1/users/v", body("a", bytes: maximum + 1))
        #expect(refused.status == 400)
        #expect(refused.problem == "invalid-user")
        #expect(refused.json["detail"] == "attributes has more than 65536 bytes")
        #expect(try await service.get("/v1/users/v").status == 404)
        // The two objects in one: a brace less each, and a comma.
        _ = try await service.send(.put, "/v1/users/u", body("a", bytes: maximum / 2))
        for (excess, status) in [(1, 200), (2, 400)] {
            let change = body("b", bytes: maximum / 2 + excess)
            #expect(try await service.send(.patch, "/v1/users/u", change).status == status)
        }
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

    private func export(_ user: String, after: String? = nil) async throws -> [JSONValue] {
        let query = after.map { "?after=\($0)" } ?? ""
        let answer = try await service.get("/v1/users/\(user)/export\(query)")
        #expect(answer.status == 200)
        #expect(answer.response.fields["Content-Type"] == "application/x-ndjson")
        return answer.lines
    }

    @Test func exportsEverything() async throws {
        let count = 2005
        _ = try await service.send(.put, "/v1/users/u", #"{"attributes":{"a":1}}"#)
        try await service.database.store.append((0..<count).map { _ in ("u", "view", "a") })
        _ = try await service.post(
            "/v1/events",
            #"{"id":"e","type":"rating","user":"u","item":"b","value":4,"properties":{"p":[1]}}"#)
        let lines = try await export("u")
        #expect(lines.first == ["kind": "user", "id": "u", "attributes": ["a": 1]])
        #expect(
            lines[1] == [
                "kind": "event", "sequence": .integer(Int64(count + 1)), "id": "e",
                "type": "rating", "item": "b", "value": 4, "properties": ["p": [1]],
                "time": "2026-01-01T00:00:00.000Z",
            ])
        #expect(lines.count == count + 3)
        #expect(
            lines.last == [
                "kind": "end", "events": .integer(Int64(count + 1)), "foldedEvents": 0,
                "recommendations": 0,
            ])
        #expect(try await service.get("/v1/users/nobody/export").status == 404)
    }

    /// A user with views, of whom the oldest are folded, and with three answers in the log.
    private func fillExport(events: Int, kept: Int) async throws -> UserProfile {
        let store = service.database.store
        try await store.append((0..<events).map { ("u", "view", "i\($0)") })
        var options = RetentionOptions()
        var rule = RetentionOptions.Rule()
        rule.keptEvents = kept
        options.rules["view"] = rule
        try await Retention(store: store, options: options, clock: service.database.clock).pass()
        for _ in 0..<3 { _ = try await service.get("/v1/users/u/recommendations?k=1") }
        return try #require(try await store.reader.user(UserID(stored: "u")))
    }

    @Test func exportsMoreThanOneAnswerHoldsInParts() async throws {
        let store = service.database.store
        let user = try await fillExport(events: 2500, kept: 2490)
        let whole = try await export("u")
        var lines: [JSONValue] = []
        var place = UserExport.Place.user
        var parts = 0
        while true {
            var export = UserExport(of: user, in: store, maximumBytes: 50_000)
            try await export.write(from: place)
            // A line beyond, and the last.
            #expect(export.lines.count < 50_500)
            lines += try export.lines.split(separator: UInt8(ascii: "\n"))
                .map { try JSONValue(Array($0)) }
            parts += 1
            guard let text = lines.last?["after"]?.string else { break }
            #expect(lines.removeLast()["kind"] == "more")
            place = try #require(UserExport.Place(text))
            #expect(text.contains(try Regex(UserExport.Place.pattern)), "\(text)")
        }
        #expect(parts > 4)
        #expect(lines.dropLast() == whole.dropLast())
        let rest = try await export("u", after: "events:12")
        let end: JSONValue = [
            "kind": "end", "events": 1, "foldedEvents": 10, "recommendations": 3,
        ]
        #expect(rest == Array(whole[2490...].dropLast()) + [end])
        #expect(
            rest[1] == [
                "kind": "folded", "item": "i0", "type": "view", "count": 1,
                "firstTime": "2026-01-01T00:00:00.000Z", "lastTime": "2026-01-01T00:00:00.000Z",
            ])
        for bad in [
            "events", "events:0", "events:x", "folded:1", "folded:x.1", "recommendations:x", "user",
        ] {
            let answer = try await service.get("/v1/users/u/export?after=\(bad)")
            #expect(answer.problem == "invalid-parameter", "\(bad)")
        }
    }

    /// Rows of any length, and places of all kinds to go on from.
    @Test func anExportGoesOnBehindAnyLine() async throws {
        let store = service.database.store
        let user = try await fillExport(events: 12, kept: 9)
        let whole = try await export("u")
        for bytes in [1, 200, 700] {
            var lines: [JSONValue] = []
            var place: UserExport.Place? = .user
            while let from = place {
                var export = UserExport(of: user, in: store, maximumBytes: bytes)
                try await export.write(from: from)
                lines += try export.lines.split(separator: UInt8(ascii: "\n"))
                    .map { try JSONValue(Array($0)) }
                place = lines.removeLast()["after"]?.string.flatMap { UserExport.Place($0) }
            }
            #expect(lines == whole.dropLast())
        }
    }

    /// However long the lines are: what an answer has is in memory until the client has read it.
    @Test func anAnswerOfAnExportHasItsBytes() async throws {
        let properties = #"{"p":"\#(String(repeating: "x", count: 16_000))"}"#
        let events = (0..<400).map {
            Event(
                type: "view", user: UserID(stored: "u"), item: ItemID(stored: "i\($0)"),
                properties: properties)
        }
        _ = try await service.database.store.append(events)
        let answer = try await service.get("/v1/users/u/export")
        #expect((4 << 20..<(4 << 20) + 17_000).contains(answer.response.body.count))
        let after = try #require(answer.lines.last?["after"]?.string)
        let rest = try await export("u", after: after)
        #expect(answer.lines.count - 2 + rest.count - 1 == 400)
    }

    @Test func soManyExportsAreMadeAtOnce() async throws {
        var options = APIService.Options()
        options.maximumExports = 1
        let service = try await TestService(options: options)
        try await service.database.store.append([("u", "view", "a")])
        for user in ["u", "nobody", "u"] {
            let answer = try await service.get("/v1/users/\(user)/export")
            #expect(answer.status == (user == "u" ? 200 : 404))
        }
        let place = try service.api.exportPlaces.take()
        let refused = try await service.get("/v1/users/u/export")
        #expect(refused.status == 503)
        #expect(refused.response.refusal == "too-many-exports")
        #expect(refused.response.fields["Retry-After"] == "1")
        #expect(try await service.get("/v1/users/u/events").status == 200)
        withExtendedLifetime(place) {}
    }

    @Test func deletesAPersonAtOnceFromAnswers() async throws {
        try await service.database.store.append([("u", "like", "a"), ("x", "like", "b")])
        let before = try await service.get("/v1/users/u/recommendations")
        #expect(before.json["watermark"] == .integer(1))
        let receipt = try await service.send(.delete, "/v1/users/u")
        #expect(receipt.status == 200)
        #expect(
            receipt.json == [
                "user": "u", "erased": ["events": 1, "foldedEvents": 0, "recommendations": 1],
                "goneFromFile": true,
                "checkpoints": [], "retrainJobs": [],
            ])
        let after = try await service.get("/v1/users/u/recommendations")
        #expect(after.json["watermark"] == .null)
        for path in ["", "/events", "/export"] {
            #expect(try await service.get("/v1/users/u" + path).status == 404)
        }
        #expect(try await service.send(.delete, "/v1/users/u").status == 404)
    }

    @Test func tellsWhichCheckpointsMayHaveSeenAPersonAndTrainsAnew() async throws {
        let path = "/v1/admin/models/popularity/activate"
        try await service.database.store.append([("early", "like", "a")])
        let before = try await service.putCheckpoint(
            items: ["a", "b"], counts: [1, 2], watermark: 1)
        try await service.database.store.append([("u", "like", "a"), ("v", "like", "b")])
        _ = try await service.putCheckpoint(items: ["a", "b"], counts: [1, 2], watermark: 2)
        let last = try await service.putCheckpoint(
            items: ["a", "b"], counts: [1, 2], watermark: 3)
        _ = try await service.post(path, #"{"version":\#(last)}"#)
        let receipt = try await service.send(.delete, "/v1/users/v")
        #expect(
            receipt.json["checkpoints"] == [
                ["model": "popularity", "version": .integer(Int64(last)), "inService": true]
            ])
        #expect(receipt.json["retrainJobs"] == [1])
        let job = try await service.get("/v1/admin/jobs/1").json
        #expect(job["kind"] == "erasure" && job["mode"] == "full" && job["state"] == "queued")
        #expect(job["models"] == ["popularity"])
        // One job for all that were erased before it begins.
        let second = try await service.send(.delete, "/v1/users/u")
        #expect(second.json["checkpoints"]?.array.count == 2)
        #expect(second.json["retrainJobs"] == [1])
        // One that has begun may have read the log already.
        _ = try await service.database.store.updateJob(1) { $0.state = .running }
        _ = try await service.post(path, #"{"version":\#(before)}"#)
        try await service.database.store.append([("w", "like", "a")])
        let third = try await service.send(.delete, "/v1/users/w")
        #expect(third.json["checkpoints"] == [])
        #expect(third.json["retrainJobs"] == [2])
    }
}
