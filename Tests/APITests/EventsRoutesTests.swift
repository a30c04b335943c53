import Events
import HTTP
import Store
import Support
import TestSupport
import Testing

@testable import API

@Suite struct EventsRoutesTests {
    private static let ndjson: Fields = ["Content-Type": "application/x-ndjson"]

    @Test func answersInTheFormOfTheContract() async throws {
        let service = try await TestService()
        let answer = try await service.post(
            "/v1/events",
            #"[{"id":"e1","type":"view","user":"u","item":"i"},{"type":"like","user":"u","item":"j"}]"#
        )
        #expect(answer.status == 200)
        #expect(
            answer.text
                == #"{"accepted":2,"duplicates":0,"lastSequence":2,"rejected":[],"rejectedCount":0}"#
        )
        #expect(answer.response.fields["Content-Type"] == "application/json")
    }

    @Test func countsARepeatAndRejectsAConflict() async throws {
        let service = try await TestService()
        let event = #"{"id":"e1","type":"view","user":"u","item":"i"}"#
        _ = try await service.post("/v1/events", event)
        let again = try await service.post("/v1/events", event)
        #expect(again.status == 200)
        #expect(
            again.text
                == #"{"accepted":0,"duplicates":1,"lastSequence":1,"rejected":[],"rejectedCount":0}"#
        )
        let other = #"{"id":"e1","type":"view","user":"u","item":"OTHER"}"#
        let mixed = try await service.post("/v1/events", "[\(event),\(other)]")
        #expect(mixed.status == 207)
        #expect(
            mixed.text
                == #"{"accepted":0,"duplicates":1,"lastSequence":1,"rejected":[{"code":"conflict","detail":"id was used before for an event with other fields","index":1}],"rejectedCount":1}"#
        )
    }

    /// The same fields, however they are written.
    @Test func knowsARepeatInAnotherSpelling() async throws {
        let service = try await TestService()
        let first =
            #"{"id":"e1","type":"view","user":"Ann","item":"i","value":4,"time":1767225600000,"properties":{"b":[1,true,null],"a":"A/é"}}"#
        let second =
            ##"{ "properties": {"a":"\u0041\/\u00e9","b":[1, true, null]}, "unknown": 1, "time": "2026-01-01T01:00:00+01:00", "value": 4.0, "item":"i","user":"\u0041nn","type":"view","id":"e1"}"##
        #expect(try await service.post("/v1/events", first).json["accepted"] == 1)
        #expect(try await service.post("/v1/events", second).json["duplicates"] == 1)
        let lines = first + "\n" + second
        let again = try await service.send(.post, "/v1/events", lines, fields: Self.ndjson)
        #expect(again.json["duplicates"] == 2)
    }

    /// Wherever the first one is: earlier in the body, in an earlier chunk, or gone.
    @Test func judgesRepeatsInTheOrderOfTheRequest() async throws {
        let service = try await TestService()
        func line(_ id: String, _ item: String = "i") -> String {
            #"{"id":"\#(id)","type":"view","user":"u","item":"\#(item)"}"#
        }
        _ = try await service.post("/v1/events", line("gone"))
        _ = try await service.send(.delete, "/v1/events/gone")
        let head = [line("a"), line("a", "other"), line("gone"), "{", line("a")]
        let filler = (0..<EventUpload.chunkCount).map { line("f\($0)") }
        let tail = [line("a", "other"), line("a"), line("gone", "other")]
        let answer = try await service.send(
            .post, "/v1/events", (head + filler + tail).joined(separator: "\n"),
            fields: Self.ndjson)
        #expect(answer.status == 207)
        #expect(answer.json["accepted"]?.integer == 1 + filler.count)
        #expect(answer.json["duplicates"] == 3)
        let rejected = answer.json["rejected"]?.array ?? []
        let end = head.count + filler.count
        #expect(rejected.compactMap { $0["index"]?.integer } == [1, 3, end, end + 2])
        #expect(
            rejected.compactMap { $0["code"]?.string } == [
                "conflict", "invalid-event", "conflict", "conflict",
            ])
    }

    /// What came while the clock was days ahead is known, and nothing new with such a time comes in.
    @Test(arguments: ["one", "array", "lines"], [false, true])
    func knowsARepeatOnceTheClockIsSetBack(form: String, isDry: Bool) async throws {
        let service = try await TestService()
        let clock = service.database.clock
        func event(_ id: String?, item: String = "i", user: String = "v") -> String {
            let id = id.map { #""id":"\#($0)","# } ?? ""
            return
                #"{\#(id)"type":"view","user":"\#(user)","item":"\#(item)","time":"2026-01-10T00:00:00Z"}"#
        }
        let known = event("e1", user: "u")
        clock.advance(by: .seconds(10 * 86_400))
        #expect(try await service.post("/v1/events", known).json["accepted"] == 1)
        clock.advance(by: .seconds(-10 * 86_400))
        let path = "/v1/events" + (isDry ? "?dryRun=true" : "")
        let events = [known, event("new"), event(nil), event("e1", item: "OTHER"), event("new")]
        let codes = ["invalid-time", "invalid-time", "conflict", "invalid-time"]
        if form == "one" {
            #expect(try await service.post(path, known).json["duplicates"] == 1)
            for (event, code) in zip(events.dropFirst(), codes) {
                let answer = try await service.post(path, event)
                #expect(answer.status == 400)
                #expect(answer.json["rejected"]?[0]?["code"]?.string == code)
            }
        } else {
            let answer =
                form == "array"
                ? try await service.post(path, "[" + events.joined(separator: ",") + "]")
                : try await service.send(
                    .post, path, events.joined(separator: "\n"), fields: Self.ndjson)
            #expect(answer.status == 207)
            #expect(answer.json["duplicates"] == 1)
            let rejected = answer.json["rejected"]?.array ?? []
            #expect(rejected.compactMap { $0["index"]?.integer } == [1, 2, 3, 4])
            #expect(rejected.compactMap { $0["code"]?.string } == codes)
        }
        #expect(try await service.get("/v1/users/v").status == 404)
        #expect(try await service.database.store.reader.lastSequence().rawValue == 1)
        clock.advance(by: .seconds(10 * 86_400))
        #expect(try await service.post("/v1/events", event("new")).json["accepted"] == 1)
    }

    @Test func storesTheGoodOnesAndNamesTheBadOnes() async throws {
        let service = try await TestService()
        let answer = try await service.post(
            "/v1/events",
            #"{"events":[{"type":"view","user":"u"},{"type":"view","user":"u","item":"i"},{"type":"view","user":"u","item":"i","time":1767225600}]}"#
        )
        #expect(answer.status == 207)
        #expect(answer.json["accepted"] == .integer(1))
        #expect(
            answer.json["rejected"]
                == .array([
                    .object([
                        "index": .integer(0), "code": .string("invalid-event"),
                        "detail": .string("item is missing"),
                    ]),
                    .object([
                        "index": .integer(2), "code": .string("invalid-time"),
                        "detail": .string("time is before 1990 (are these seconds?)"),
                    ]),
                ]))
    }

    @Test func answers400WithTheVerdictsWhereEveryEventIsRejected() async throws {
        let service = try await TestService()
        let answer = try await service.post("/v1/events", #"[{"type":"view"},{}]"#)
        #expect(answer.status == 400)
        #expect(answer.problem == "invalid-event")
        #expect(answer.json["rejectedCount"] == .integer(2))
        #expect(answer.json["accepted"] == .integer(0))
        #expect(answer.json["status"] == .integer(400))
    }

    @Test func namesTheLogsEndAlsoWhereNothingCameIn() async throws {
        let service = try await TestService()
        try await service.database.store.append([("u", "view", "a"), ("u", "view", "b")])
        let answer = try await service.post("/v1/events", "[]")
        #expect(answer.status == 200)
        #expect(answer.json["lastSequence"] == .integer(2))
    }

    @Test func judgesWithoutStoringInADryRun() async throws {
        let service = try await TestService()
        let event = #"{"id":"e1","type":"view","user":"u","item":"i"}"#
        let answer = try await service.post("/v1/events?dryRun=true", event)
        #expect(answer.status == 200)
        #expect(answer.json["accepted"] == .integer(1))
        #expect(try await service.database.store.reader.lastSequence() == .zero)
        #expect(try await service.post("/v1/events?dryRun=1", event).status == 400)
    }

    /// Repeats in a later chunk of a stream, and conflicts.
    @Test func aDryRunOfALongStreamAnswersWhatStoringItDoes() async throws {
        let service = try await TestService()
        var lines = (0..<UploadBounds.jsonElements).map {
            #"{"id":"e\#($0)","type":"view","user":"u","item":"i"}"#
        }
        lines += [lines[0], lines[UploadBounds.jsonElements - 1], lines[5], "{}"]
        lines.append(#"{"id":"e7","type":"view","user":"u","item":"OTHER"}"#)
        lines.append(#"{"id":"new","type":"view","user":"u","item":"i"}"#)
        let body = lines.joined(separator: "\n")
        let dry = try await service.send(
            .post, "/v1/events?dryRun=true", body, fields: Self.ndjson)
        #expect(try await service.database.store.reader.lastSequence() == .zero)
        let real = try await service.send(.post, "/v1/events", body, fields: Self.ndjson)
        #expect(real.json["duplicates"] == .integer(3))
        #expect(dry.status == real.status)
        for field in ["accepted", "duplicates", "rejected", "rejectedCount"] {
            #expect(dry.json[field] == real.json[field])
        }
    }

    @Test func readsLines() async throws {
        let service = try await TestService()
        let good = #"{"type":"view","user":"u","item":"i"}"#
        let answer = try await service.send(
            .post, "/v1/events", "\(good)\n\nnonsense\r\n\(good)", fields: Self.ndjson)
        #expect(answer.status == 207)
        #expect(answer.json["accepted"] == .integer(2))
        #expect(
            answer.json["rejected"]
                == .array([
                    .object([
                        "index": .integer(1), "code": .string("invalid-event"),
                        "detail": .string("the line is not valid JSON"),
                    ])
                ]))
    }

    @Test func storesALongUploadInChunksWithIndicesOfTheWhole() async throws {
        let service = try await TestService()
        let count = EventUpload.chunkCount + 5
        var lines = (0..<count).map { #"{"id":"e\#($0)","type":"view","user":"u","item":"i"}"# }
        lines[3] = "{}"
        lines[count - 1] = "{}"
        let answer = try await service.send(
            .post, "/v1/events", lines.joined(separator: "\n"), fields: Self.ndjson)
        #expect(answer.json["accepted"] == .integer(Int64(count - 2)))
        guard case .array(let rejected)? = answer.json["rejected"] else {
            Issue.record("nothing rejected")
            return
        }
        let indices = rejected.map { value -> JSONValue? in
            if case .object(let fields) = value { fields["index"] } else { nil }
        }
        #expect(indices == [.integer(3), .integer(Int64(count - 1))])
    }

    /// In a body, in a stream's later chunk, and in a dry run.
    @Test(arguments: ["/v1/events", "/v1/events?dryRun=true"], [false, true])
    func rejectsAnEventOfOneTypeTooMany(path: String, isStream: Bool) async throws {
        let service = try await TestService()
        let types = (0..<EventRules.maximumTypes).map { "t\($0)" }
        try await service.database.store.append(types.map { ("u", $0, "i") })
        let posted = ["t3", "new", "t4", "purchase"]
        let events = posted.map { #"{"type":"\#($0)","user":"u","item":"i"}"# }
        let body =
            isStream
            ? events.joined(separator: "\n") : "[" + events.joined(separator: ",") + "]"
        let answer = try await service.send(
            .post, path, body, fields: isStream ? Self.ndjson : Fields())
        #expect(answer.status == 207)
        #expect(answer.json["accepted"] == .integer(3))
        #expect(
            answer.json["rejected"]
                == .array([
                    .object([
                        "index": .integer(1), "code": .string("invalid-event"),
                        "detail": .string(EventRules.tooManyTypes.reason),
                    ])
                ]))
        #expect(EventRules.tooManyTypes.reason.contains("1000"))
        #expect(try await service.post(path, events[1]).problem == "invalid-event")
    }

    @Test func listsTheFirst1000RejectionsAndCountsAll() async throws {
        let service = try await TestService()
        let body = "[" + Array(repeating: "{}", count: 1500).joined(separator: ",") + "]"
        let answer = try await service.post("/v1/events", body)
        #expect(answer.json["rejectedCount"] == .integer(1500))
        guard case .array(let rejected)? = answer.json["rejected"] else {
            Issue.record("nothing rejected")
            return
        }
        #expect(rejected.count == 1000)
    }

    /// What can't be read and what contradicts an earlier event, listed by place.
    @Test func listsTheFirstRejectionsOfEveryKind() async throws {
        let service = try await TestService()
        let event = { (item: String) in #"{"id":"e","type":"view","user":"u","item":"\#(item)"}"# }
        _ = try await service.post("/v1/events", event("a"))
        let body = Array(repeating: event("b"), count: 900) + Array(repeating: "{}", count: 900)
        let answer = try await service.post(
            "/v1/events", "[\(body.joined(separator: ","))]")
        #expect(answer.json["rejectedCount"] == .integer(1800))
        guard case .array(let rejected)? = answer.json["rejected"] else {
            Issue.record("nothing rejected")
            return
        }
        let indices = rejected.map { item -> JSONValue? in
            if case .object(let fields) = item { fields["index"] } else { nil }
        }
        #expect(indices == (0..<1000).map { .integer(Int64($0)) })
    }

    @Test(arguments: [
        ("text/plain", 415), ("application/xml", 415), ("", 415), ("application/json", 400),
        ("Application/JSON; charset=utf-8", 400), ("application/x-ndjson", 400),
    ])
    func refusesOtherContentTypes(type: String, status: Int) async throws {
        let service = try await TestService()
        let answer = try await service.send(
            .post, "/v1/events", "nonsense", fields: ["Content-Type": type])
        #expect(answer.status == status)
        #expect(answer.problem != nil)
    }

    @Test func takesAnEventBack() async throws {
        let service = try await TestService()
        _ = try await service.post(
            "/v1/events", #"{"id":"e/1","type":"like","user":"u","item":"i"}"#)
        #expect(try await service.send(.delete, "/v1/events/e%2F1").status == 204)
        #expect(try await service.send(.delete, "/v1/events/e%2F1").status == 404)
        #expect(try await service.send(.delete, "/v1/events/e%0A").problem == "invalid-id")
    }

    @Test func answers507WhenTheDiskIsFull() async throws {
        let service = try await TestService { $0.maximumPages = 120 }
        let text = String(repeating: "x", count: 200)
        let events = (0..<4000).map {
            #"{"type":"view","user":"u\#($0)","item":"i\#($0)","properties":{"a":"\#(text)"}}"#
        }
        let answer = try await service.post("/v1/events", "[" + events.joined(separator: ",") + "]")
        #expect(answer.status == 507)
        #expect(answer.problem == "insufficient-storage")
    }

    @Test func answers503WhenTheStoreIsClosed() async throws {
        let service = try await TestService()
        try service.database.store.close()
        let answer = try await service.post("/v1/events", #"{"type":"t","user":"u","item":"i"}"#)
        #expect(answer.status == 503)
        #expect(answer.response.fields["Retry-After"] == "5")
    }

    /// JSON may be nested as deep as its length allows; a reader that goes down with it would fall.
    @Test(arguments: [(500, 200), (5000, 400), (100_000, 400)])
    func livesThroughDeepNesting(depth: Int, status: Int) async throws {
        let service = try await TestService()
        let nested = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        let answer = try await service.post(
            "/v1/events", #"{"type":"view","user":"u","item":"i","properties":{"a":\#(nested)}}"#)
        #expect(answer.status == status)
    }
}
