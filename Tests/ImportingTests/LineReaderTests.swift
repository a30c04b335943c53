import Support
import Testing

@testable import Importing

@Suite struct LineReaderTests {
    private func lines(_ bytes: [UInt8]) throws -> (texts: [String], ends: [Int64], total: Int64) {
        let file = try TemporaryFile(bytes)
        var reader = try LineReader(path: file.path)
        var texts: [String] = []
        var ends: [Int64] = []
        while let line = try reader.next() {
            texts.append(line.isTooLong ? "too long" : String(decoding: line.bytes, as: UTF8.self))
            ends.append(reader.bytesRead)
            #expect(line.number == texts.count)
        }
        return (texts, ends, reader.totalBytes)
    }

    @Test(arguments: [
        ("", []), ("a", ["a"]), ("a\n", ["a"]), ("a\nb", ["a", "b"]), ("\n\n", ["", ""]),
        ("a\r\nb\r\n", ["a\r", "b\r"]), ("\u{FEFF}a\n\u{FEFF}", ["a", "\u{FEFF}"]),
    ])
    func splitsAtLineFeeds(text: String, expected: [String]) throws {
        let (texts, ends, total) = try lines(Array(text.utf8))
        #expect(texts == expected)
        #expect(ends.last ?? 0 == (expected.isEmpty ? 0 : total))
        #expect(total == Int64(text.utf8.count))
    }

    @Test func knowsTheExactPosition() throws {
        #expect(try lines(Array("ab\n\ncdef".utf8)).ends == [3, 4, 8])
    }

    @Test func readsAcrossBlocks() throws {
        var random = RandomSource(seed: 1)
        let expected = (0..<3000).map { number in
            String(repeating: "x", count: Int(random.uniform() * 700)) + "\(number)"
        }
        let (texts, _, _) = try lines(Array(expected.joined(separator: "\n").utf8))
        #expect(texts == expected)
    }

    @Test func skipsALineThatIsTooLong() throws {
        let limit = LineReader.maximumLineBytes
        for length in [limit, limit + 1, 3 * limit] {
            let bytes = [UInt8](repeating: 0x61, count: length) + Array("\nb".utf8)
            let (texts, ends, total) = try lines(bytes)
            #expect(texts.count == 2)
            #expect((texts[0] == "too long") == (length > limit))
            #expect(texts[1] == "b")
            #expect(ends == [Int64(length) + 1, total])
        }
    }

    @Test func saysWhichFileIsMissing() {
        #expect {
            _ = try LineReader(path: "/nowhere/at-all")
        } throws: { error in
            guard case ImportError.unreadable(path: "/nowhere/at-all", _) = error else {
                return false
            }
            return true
        }
    }
}
