import Events
import Foundation
import Support
import Testing

@testable import API

@Suite struct EventDraftTests {
    private func verdicts(_ json: String) throws -> [Result<Event, Rejection>] {
        try JSONDecoder().decode(EventUpload.self, from: Data(json.utf8)).drafts.map(\.verdict)
    }

    private func event(_ fields: String) throws -> Event {
        let json = #"{"type":"view","user":"u","item":"i"\#(fields)}"#
        return try #require(try verdicts(json).first).get()
    }

    private func rejection(_ json: String) throws -> Rejection? {
        guard case .failure(let rejection)? = try verdicts(json).first else { return nil }
        return rejection
    }

    @Test func readsEveryField() throws {
        let event = try event(
            #","id":"e","value":1.5,"time":"2026-11-20T10:00:00Z","recommendation":"r","session":"s","properties":{"b":1,"a":"x"},"unknown":[]"#
        )
        #expect(
            event
                == Event(
                    id: "e", type: "view", user: UserID(stored: "u"), item: ItemID(stored: "i"),
                    value: 1.5, time: Timestamp(milliseconds: 1_795_168_800_000),
                    recommendation: "r", session: "s", properties: #"{"a":"x","b":1}"#))
    }

    @Test func takesNullForAbsent() throws {
        let event = try event(
            #","id":null,"value":null,"time":null,"recommendation":null,"session":null,"properties":null"#
        )
        #expect(
            event == Event(type: "view", user: UserID(stored: "u"), item: ItemID(stored: "i")))
    }

    @Test func takesMillisecondsForATime() throws {
        #expect(try event(#","time":1795168800123"#).time?.milliseconds == 1_795_168_800_123)
    }

    @Test(arguments: [
        (#"{"user":"u","item":"i"}"#, Rejection.Code.invalidEvent, "type is missing"),
        (#"{"type":"t","item":"i"}"#, .invalidEvent, "user is missing"),
        (#"{"type":"t","user":"u"}"#, .invalidEvent, "item is missing"),
        (#"{"type":"t","user":7,"item":"i"}"#, .invalidEvent, "user must be a string"),
        (#"{"type":"t","user":null,"item":"i"}"#, .invalidEvent, "user must be a string, not null"),
        (
            #"{"type":"t","user":"u","item":"i","value":"1"}"#, .invalidEvent,
            "value must be a number"
        ),
        (
            #"{"type":"t","user":"u","item":"i","properties":[]}"#, .invalidEvent,
            "properties must be an object"
        ),
        (
            #"{"type":"t","user":"","item":"i"}"#, .invalidID,
            "user must be 1 to 256 bytes without control characters"
        ),
        (
            #"{"type":"t","user":"u","item":"a\u0000"}"#, .invalidID,
            "item must be 1 to 256 bytes without control characters"
        ),
        (
            #"{"type":"","user":"u","item":"i"}"#, .invalidID,
            "type must be 1 to 256 bytes without control characters"
        ),
        (
            #"{"type":"t","user":"u","item":"i","id":""}"#, .invalidID,
            "id must be 1 to 256 bytes without control characters"
        ),
    ])
    func rejects(json: String, code: Rejection.Code, detail: String) throws {
        let rejection = try rejection(json)
        #expect(rejection?.code == code)
        #expect(rejection?.detail == detail)
    }

    @Test(arguments: [
        #""yesterday""#, #""2026-11-20""#, "1.5", "true", "{}", "9223372036854775807",
        "-9223372036854775808", #""2026-11-20T10:00:00Zjunk""#,
    ])
    func rejectsATime(time: String) throws {
        let rejection = try rejection(#"{"type":"t","user":"u","item":"i","time":\#(time)}"#)
        #expect(rejection?.code == .invalidTime)
        #expect(
            rejection?.detail
                == "time must be an RFC 3339 string or integer milliseconds since 1970")
    }

    @Test func readsTheThreeFormsOfABody() throws {
        let one = #"{"type":"t","user":"u","item":"i"}"#
        #expect(try verdicts(one).count == 1)
        #expect(try verdicts("[\(one),\(one)]").count == 2)
        #expect(try verdicts(#"{"events":[\#(one)]}"#).count == 1)
        #expect(try verdicts("[]").isEmpty)
    }

    @Test func judgesEachEventByItself() throws {
        let good = #"{"type":"t","user":"u","item":"i"}"#
        let verdicts = try verdicts(
            #"[\#(good),1,null,"x",[],{},{"type":"t","user":"u","item":"i","value":1e999},\#(good)]"#
        )
        #expect(verdicts.count == 8)
        for (index, verdict) in verdicts.enumerated() {
            let isGood = if case .success = verdict { true } else { false }
            #expect(isGood == (index == 0 || index == 7))
        }
    }

    @Test(arguments: ["", "{", "1", "null", #""x""#, #"{"events":{}}"#, #"{"events":null}"#])
    func refusesABodyThatIsNoUpload(json: String) {
        #expect(throws: (any Error).self) { try verdicts(json) }
    }
}
