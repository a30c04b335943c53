import Events
import Support
import Testing

@testable import Importing

@Suite struct NDJSONEventsTests {
    private func read(_ text: String) throws -> ImportChunk {
        let file = try TemporaryFile(text)
        var source = try NDJSONEvents(
            path: file.path, now: Timestamp(milliseconds: 1_800_000_000_000))
        let chunk = try source.nextChunk(maximum: 1000) ?? ImportChunk()
        #expect(try source.nextChunk(maximum: 1000) == nil)
        return chunk
    }

    @Test func readsEveryField() throws {
        let chunk = try read(
            #"{"id":"e-1","type":"view","user":"u1","item":"i9","value":1.5,"#
                + #""time":"2026-11-20T10:00:00Z","recommendation":"r-1","session":"s-1","#
                + #""properties":{"ios":true,"device":"x/y","n":[1,2.5,null,{"b":0,"a":""}]},"#
                + #""unknown":7}"# + "\r\n")
        #expect(chunk.problems == [])
        #expect(
            chunk.events == [
                Event(
                    id: "e-1", type: "view", user: UserID(stored: "u1"), item: ItemID(stored: "i9"),
                    value: 1.5, time: Timestamp(rfc3339: "2026-11-20T10:00:00Z"),
                    recommendation: "r-1", session: "s-1",
                    properties: #"{"device":"x/y","ios":true,"n":[1,2.5,null,{"a":"","b":0}]}"#)
            ])
    }

    @Test func takesMillisecondsAndMakesIds() throws {
        let line = #"{"type":"view","user":"u1","item":"i9","time":1763632800000}"#
        let chunk = try read("\(line)\n\n \(line)\n")
        #expect(chunk.problems == [])
        #expect(chunk.events.map(\.time?.milliseconds) == [1_763_632_800_000, 1_763_632_800_000])
        #expect(Set(chunk.events.map(\.id)).count == 2)
        #expect(try read("\(line)\n\(line)").events.map(\.id) == chunk.events.map(\.id))
    }

    @Test(arguments: [
        ("nonsense", "the line is not valid JSON"), ("{", "the line is not valid JSON"),
        ("[1]", "the event must be an object"),
        (#"{"type":"view","item":"i"}"#, "user is missing"),
        (#"{"type":"view","user":1,"item":"i"}"#, "user must be a string"),
        (#"{"type":"view","user":"u","item":null}"#, "item must be a string, not null"),
        (
            #"{"type":"","user":"u","item":"i"}"#,
            "type must be 1 to 256 bytes without control characters"
        ),
        (
            #"{"type":"view","user":"u","item":"i","value":"1"}"#,
            "value must be a number"
        ),
        (
            #"{"type":"view","user":"u","item":"i","time":true}"#,
            "time must be an RFC 3339 string or integer milliseconds since 1970"
        ),
        (
            #"{"type":"view","user":"u","item":"i","time":"noon"}"#,
            "time must be an RFC 3339 string or integer milliseconds since 1970"
        ),
        (
            #"{"type":"view","user":"u","item":"i","time":1763632800}"#,
            "time is before 1990 (are these seconds?)"
        ),
        (
            #"{"type":"view","user":"u","item":"i","properties":[]}"#,
            "properties must be an object"
        ),
    ])
    func reportsABadLineAndGoesOn(line: String, reason: String) throws {
        let chunk = try read("\n\(line)\n{\"type\":\"view\",\"user\":\"u\",\"item\":\"i\"}\n")
        #expect(chunk.problems == [ImportProblem(line: 2, reason: reason)])
        #expect(chunk.events.count == 1)
    }
}
