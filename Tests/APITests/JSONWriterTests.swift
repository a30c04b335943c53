import Foundation
import Support
import Testing

@testable import API
@testable import Serving

/// By hand as by `JSONCoding`, byte for byte.
@Suite struct JSONWriterTests {
    private func written(_ write: (inout JSONWriter) throws -> Void) rethrows -> String {
        var writer = JSONWriter(capacity: 0)
        try write(&writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private func encoded(_ value: some Encodable) throws -> String {
        String(decoding: try JSONCoding.encode(value), as: UTF8.self)
    }

    @Test(arguments: [
        "", "book-1", "a/b", #"say "x""#, #"back\slash\\"#, "é e\u{301} 漢 🦩", "\u{2028}\u{7F}",
        "</script>",
    ])
    func writesStringsAsTheEncoder(text: String) throws {
        #expect(written { $0.append(string: text) } == (try encoded(text)))
    }

    @Test func writesControlCharactersSoThatTheyAreReadBack() throws {
        let text = String(String.UnicodeScalarView((0..<0x20).compactMap(Unicode.Scalar.init)))
        let json = written { $0.append(string: text) }
        #expect(json.utf8.allSatisfy { $0 >= 0x20 })
        #expect(try JSONDecoder().decode(String.self, from: Data(json.utf8)) == text)
    }

    @Test func writesNumbersAsTheEncoder() throws {
        var random = RandomSource(seed: 1)
        var numbers: [Float] = [
            0, -0.0, 1, -1, 0.1, 1e15, 1e16, 123_456_792, 1e-5, 1e-4, 1e38, .leastNonzeroMagnitude,
            .greatestFiniteMagnitude, .pi,
        ]
        for _ in 0..<2000 {
            numbers.append(Float(bitPattern: UInt32.random(in: 0...(.max), using: &random)))
            numbers.append(Float.random(in: -20...20, using: &random))
        }
        for number in numbers where number.isFinite {
            #expect(try written { try $0.append(number: number) } == (try encoded(number)))
        }
        for number in [Float.nan, .infinity, -.infinity] {
            #expect(throws: EncodingError.self) {
                _ = try written { try $0.append(number: number) }
            }
        }
        for number in [0, -1, Int64.min, .max] {
            #expect(written { $0.append(integer: number) } == (try encoded(number)))
        }
    }

    /// The contract's form as types.
    private struct Answer: Encodable {
        struct Item: Encodable {
            var item: String
            var score: Float
        }

        struct Model: Encodable {
            var name: String
            var version: Int
        }

        var id: String
        var items: [Item]
        var model: Model
        var policy: String
        var user: String
        var watermark: Int64
    }

    @Test(arguments: [0, 1, 3])
    func writesAnAnswerAsTheEncoder(count: Int) throws {
        let items = (0..<count).map { number in
            RankedAnswer.Item(
                key: ItemKey(Int32(number)), id: ItemID(stored: #"i"\#(number)/é"#),
                score: Float(number) / 3)
        }
        let answer = RankedAnswer(
            items: items, policy: .popular, model: .init(name: "vae", version: 12),
            watermark: EventSequence(99))
        let twin = Answer(
            id: "r-1", items: items.map { .init(item: $0.id.rawValue, score: $0.score) },
            model: .init(name: "vae", version: 12), policy: "fallback:popular", user: #"a"b"#,
            watermark: 99)
        let bytes = try answer.json(id: "r-1", user: UserID(stored: #"a"b"#))
        #expect(String(decoding: bytes, as: UTF8.self) == (try encoded(twin)))
    }

    @Test func writesNullForWhatThereIsNot() throws {
        let answer = RankedAnswer(items: [], policy: .recent, model: nil, watermark: nil)
        #expect(
            String(decoding: try answer.json(id: "r-1", user: nil), as: UTF8.self)
                == #"{"id":"r-1","items":[],"model":null,"policy":"fallback:recent","user":null,"watermark":null}"#
        )
    }
}
