import Foundation
import Support
import Testing

@testable import Events

/// The fast reader against the decoder that it stands in for: the same verdict on anything.
@Suite struct EventParserTests {
    /// 2026-11-20T10:00:00Z.
    private let rules = EventRules(now: Timestamp(milliseconds: 1_795_168_800_000))

    private func verdict(_ draft: EventDraft) -> Result<Event, RuleViolation> {
        Result { () throws(RuleViolation) in try draft.event(rules) }
    }

    private static let fields = [
        "", #","id":"e""#, #","id":null"#, #","id":7"#, #","id":"""#, #","id":"a","id":"b""#,
        #","value":1"#, #","value":-0"#, #","value":1e999"#, #","value":1e-999"#,
        #","value":9007199254740993"#, #","value":9223372036854775808"#,
        #","value":123456789012345678901234567890"#, #","value":"1""#, #","value":true"#,
        #","value":01"#, #","value":1."#, #","value":.5"#, #","value":NaN"#,
        #","value":0.1000000000000000055511151231257827"#,
        #","time":1795168800123"#, #","time":1795168800123.0"#, #","time":1.795168800123e12"#,
        #","time":1795168800"#, #","time":9223372036854775807"#, #","time":9223372036854775808"#,
        #","time":-1"#, #","time":"2026-11-20T10:00:00Z""#, #","time":"yesterday""#,
        #","time":true"#, #","time":{}"#, #","time":null"#, #","time":1,"time":2"#,
        #","session":"s\u0000""#, #","session":"\ud83d\ude00""#, #","session":"\ud800""#,
        #","session":"é\n""#, #","recommendation":"r-1""#, #","recommendation":[]"#,
        #","properties":{}"#, #","properties":[]"#, #","properties":null"#,
        #","properties":{"b":1,"a":[1.0,1e2,-0.0,1e300,true,null,"x\/\"\\\u0001"]}"#,
        #","properties":{"a":1,"a":2}"#, #","properties":{"a10":1,"a2":2,"A":3,"é":4,"e":5}"#,
        #","properties":{"n":18446744073709551615}"#, #","properties":{"n":1e400}"#,
        #","properties":{"n":[1e-999]}"#,
        #","unknown":[{"type":"x"}]"#, #","unknown":tru"#, #","ty\u0070e":"x""#, ",", "}",
        #","user":null"#, #","item":3"#,
    ]

    @Test(arguments: fields) func agreesOnALine(fields: String) {
        let line = Array(#"{"type":"view","user":"u","item":"i"\#(fields)}"#.utf8)
        let parsed = EventParser().draft(ofLine: line)
        #expect(verdict(parsed) == verdict(EventDraft(line: line)))
    }

    @Test(arguments: [
        "", " ", "1", "null", #""x""#, "[]", "{}", "[{}]", "nonsense", "{", "\u{FEFF}{}",
        #"{"type":1,"user":2}"#, #"{"type":"t","item":"i","time":"x"}"#,
    ])
    func agreesOnWhatIsNoEvent(line: String) {
        let bytes = Array(line.utf8)
        #expect(verdict(EventParser().draft(ofLine: bytes)) == verdict(EventDraft(line: bytes)))
    }

    @Test func agreesOnBytesThatAreNoText() {
        for byte in [UInt8](0x80...0xFF) + [0, 0x1F] {
            let line =
                Array(#"{"type":"t","user":"u","item":"i"#.utf8) + [byte] + Array(#""}"#.utf8)
            let parsed = EventParser().draft(ofLine: line)
            #expect(verdict(parsed) == verdict(EventDraft(line: line)))
        }
    }

    @Test(arguments: [1, 60, 63, 64, 65, 500, 511, 512, 513])
    func agreesOnDepth(depth: Int) {
        let nested = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        for field in ["properties", "unknown"] {
            let line = Array(
                #"{"type":"t","user":"u","item":"i","\#(field)":{"a":\#(nested)}}"#.utf8)
            let parsed = EventParser().draft(ofLine: line)
            #expect(verdict(parsed) == verdict(EventDraft(line: line)))
        }
    }

    /// Not by leaving everything to the decoder.
    @Test func readsACommonEventItself() throws {
        let event = #"{"id":"e","type":"view","user":"u","item":"i","time":1795168800123}"#
        for upload in ["[\(event),\(event)]", #"{"more":1,"events":[\#(event),\#(event)]}"#] {
            #expect(try #require(try EventParser().drafts(ofUpload: Array(upload.utf8))).count == 2)
        }
        let single = try #require(try EventParser().drafts(ofUpload: Array(event.utf8)))
        #expect(try single.map { try $0.event(rules).time?.milliseconds } == [1_795_168_800_123])
        #expect(try EventParser().drafts(ofUpload: Array("[]".utf8))?.isEmpty == true)
    }

    @Test(arguments: [
        "", "{", "[", "1", "null", #"{"events":{}}"#, #"{"events":[],"events":[]}"#, "[1e999]",
        "[1]", "[{}]",
        #"[{"type":"t","user":"u","item":"i","value":0.0}]"#,
    ])
    func leavesTheRestToTheDecoder(upload: String) throws {
        #expect(try EventParser().drafts(ofUpload: Array(upload.utf8)) == nil)
    }

    @Test func oneParserReadsLineAfterLine() throws {
        let parser = EventParser()
        for number in 0..<100 {
            let padding = String(repeating: "x", count: number * 37)
            let line = #"{"type":"t","user":"u\#(number)","item":"i","more":"\#(padding)"}"#
            #expect(
                try parser.draft(ofLine: Array(line.utf8)).event(rules).user.rawValue
                    == "u\(number)")
        }
    }

    /// An upload may stay open for long after one long line.
    @Test(arguments: [0, 1]) func keepsNoMemoryOfALongLine(excess: Int) throws {
        let parser = EventParser()
        let event = #"{"type":"t","user":"u","item":"i"}"#
        let padding = EventParser.keptBytes + excess - event.utf8.count
        let line = Array((event + String(repeating: " ", count: padding)).utf8)
        #expect(throws: Never.self) { try verdict(parser.draft(ofLine: line)).get() }
        #expect((parser.capacity < EventParser.keptBytes) == (excess > 0))
        #expect(try parser.drafts(ofUpload: line)?.count == 1)
        #expect((parser.capacity < EventParser.keptBytes) == (excess > 0))
    }

    @Test func countsBeforeItReads() throws {
        let event = #"{"type":"t","user":"u","item":"i"}"#
        for upload in ["[\(event),\(event),1]", #"{"events":[\#(event),\#(event),1]}"#] {
            let bytes = Array(upload.utf8)
            #expect(throws: EventParser.TooMany.self) {
                try EventParser().drafts(ofUpload: bytes, atMost: 2)
            }
            #expect(try EventParser().drafts(ofUpload: bytes, atMost: 3) == nil)
        }
        #expect(try EventParser().drafts(ofUpload: Array(event.utf8), atMost: 1)?.count == 1)
    }
}
