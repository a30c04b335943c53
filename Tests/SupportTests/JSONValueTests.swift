import Foundation
import Testing

@testable import Support

@Suite struct JSONValueTests {
    @Test func writesWhatItRead() throws {
        let text = #"{"a":[1,-2,0.5,"x",true,null,{"b":{}}],"z":9007199254740991}"#
        #expect(try JSONValue.text(of: JSONValue.object(from: text)) == text)
    }

    @Test func sortsKeysSoThatEqualObjectsAreEqualTexts() throws {
        let first = try JSONValue.object(from: #"{"b": 1.0, "a": "/"}"#)
        let second = try JSONValue.object(from: #"{"a":"/","b":1}"#)
        #expect(try JSONValue.text(of: first) == #"{"a":"/","b":1}"#)
        #expect(try JSONValue.text(of: first) == JSONValue.text(of: second))
    }

    /// Who reads an event and sends it again has sent the same event.
    @Test(arguments: ["1230123456789012345.789", "1e18", "-0.0", "1e300", "9223372036854775808"])
    func itsTextStaysWhenItIsReadAgain(number: String) throws {
        let text = try JSONValue.text(of: JSONValue.object(from: #"{"n":\#(number)}"#))
        #expect(try JSONValue.text(of: JSONValue.object(from: text)) == text)
    }

    @Test func tellsTruthFromNumbers() throws {
        let object = try JSONValue.object(from: #"{"number":1,"truth":true}"#)
        #expect(object == ["number": .integer(1), "truth": .bool(true)])
    }

    @Test(arguments: ["", "[]", "1", "{", #"{"a":}"#])
    func refusesWhatIsNoObject(text: String) {
        #expect(throws: (any Error).self) { try JSONValue.object(from: text) }
    }
}
