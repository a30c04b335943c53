import Foundation
import Support
import Testing

@testable import Events

@Suite struct EventDraftTests {
    /// 2026-11-20T10:00:00Z.
    private let rules = EventRules(now: Timestamp(milliseconds: 1_795_168_800_000))

    private func event(_ json: String) throws -> Event {
        try JSONDecoder().decode(EventDraft.self, from: Data(json.utf8)).event(rules)
    }

    private func event(with fields: String) throws -> Event {
        try event(#"{"type":"view","user":"u","item":"i"\#(fields)}"#)
    }

    @Test func readsEveryField() throws {
        let event = try event(
            with: """
                ,"id":"e","value":1.5,"time":"2026-11-20T10:00:00Z","recommendation":"r",
                "session":"s","properties":{"b":1,"a":"x"},"unknown":[]
                """)
        #expect(
            event
                == Event(
                    id: "e", type: "view", user: UserID(stored: "u"), item: ItemID(stored: "i"),
                    value: 1.5, time: Timestamp(milliseconds: 1_795_168_800_000),
                    recommendation: "r", session: "s", properties: #"{"a":"x","b":1}"#))
    }

    @Test func takesNullForAbsent() throws {
        let event = try event(
            with: """
                ,"id":null,"value":null,"time":null,"recommendation":null,"session":null,
                "properties":null
                """)
        #expect(
            event == Event(type: "view", user: UserID(stored: "u"), item: ItemID(stored: "i")))
    }

    @Test func takesMillisecondsForATime() throws {
        let event = try event(with: #","time":1795168800123"#)
        #expect(event.time?.milliseconds == 1_795_168_800_123)
    }

    @Test(arguments: [
        (#"{"user":"u","item":"i"}"#, "type is missing"),
        (#"{"type":"t","item":"i"}"#, "user is missing"),
        (#"{"type":"t","user":"u"}"#, "item is missing"),
        (#"{"type":"t","user":7,"item":"i"}"#, "user must be a string"),
        (#"{"type":"t","user":null,"item":"i"}"#, "user must be a string, not null"),
        (#"{"type":"t","user":"u","item":"i","value":"1"}"#, "value must be a number"),
        (#"{"type":"t","user":"u","item":"i","properties":[]}"#, "properties must be an object"),
    ])
    func rejectsWhatHasNotTheFormOfAnEvent(json: String, reason: String) {
        #expect(throws: RuleViolation(.invalidEvent, reason: reason)) { try event(json) }
    }

    @Test(arguments: [
        (#"{"type":"t","user":"","item":"i"}"#, "user"),
        (#"{"type":"t","user":"u","item":"a\u0000"}"#, "item"),
        (#"{"type":"","user":"u","item":"i"}"#, "type"),
        (#"{"type":"t","user":"u","item":"i","id":""}"#, "id"),
        (#"{"type":"t","user":"u","item":"i","session":"\t"}"#, "session"),
        (#"{"type":"t","user":"u","item":"i","recommendation":""}"#, "recommendation"),
    ])
    func rejectsTextsThatAreNoIdentifiers(json: String, field: String) {
        #expect(throws: RuleViolation.identifier(field)) { try event(json) }
    }

    @Test(arguments: [
        #""yesterday""#, #""2026-11-20""#, "1.5", "true", "{}", "9223372036854775807",
        "-9223372036854775808", #""2026-11-20T10:00:00Zjunk""#, "1795168800",
        #""2026-11-21T10:00:00.001Z""#,
    ])
    func rejectsATime(time: String) {
        #expect {
            try event(with: #","time":\#(time)"#)
        } throws: { error in
            (error as? RuleViolation)?.code == .invalidTime
        }
    }

    /// Where whoever stores them knows which ids came before.
    @Test func leavesTheTimesOfPossibleRepeats() throws {
        let rules = EventRules(now: Timestamp(milliseconds: 1_795_168_800_000), leavesRepeats: true)
        func time(_ fields: String) throws -> Int64? {
            let line = #"{"type":"view","user":"u","item":"i"\#(fields)}"#
            return try EventDraft(line: line.utf8).event(rules).time?.milliseconds
        }
        let ahead: Int64 = 1_795_168_800_000 + 86_400_001
        #expect(try time(#","id":"e","time":\#(ahead)"#) == ahead)
        #expect(!rules.isNear(Timestamp(milliseconds: ahead)))
        #expect(rules.isNear(Timestamp(milliseconds: ahead - 1)))
        for fields in [#","time":\#(ahead)"#, #","id":"e","time":1795168800"#] {
            #expect {
                try time(fields)
            } throws: { error in
                (error as? RuleViolation)?.code == .invalidTime
            }
        }
    }

    /// A member of the properties may have the name of one of the event's.
    @Test func onlyTheEventsOwnTimeIsATime() {
        let line =
            "{\"type\":\"t\",\"user\":\"u\",\"item\":\"i\",\"properties\":{\"time\":\"\u{0}\"}}"
        #expect {
            try EventDraft(line: line.utf8).event(EventRules(now: Timestamp(milliseconds: 0)))
        } throws: { error in
            (error as? RuleViolation)?.code == .invalidEvent
        }
    }

    @Test(arguments: ["1", "null", #""x""#, "[]", "{}"])
    func judgesWhatIsNoEventAtAll(json: String) {
        #expect {
            try event(json)
        } throws: { error in
            (error as? RuleViolation)?.code == .invalidEvent
        }
    }

    @Test func readsALine() throws {
        let line = Array(#"{"type":"t","user":"u","item":"i"}"#.utf8)
        #expect(try EventDraft(line: line).event(rules).type == "t")
        #expect(throws: RuleViolation(reason: "the line is not valid JSON")) {
            try EventDraft(line: Array("{".utf8)).event(rules)
        }
    }
}
