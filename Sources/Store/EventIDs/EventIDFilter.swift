/// Which ids a run surely doesn't have: a Bloom filter of 12 bits an id, all of one id's in one line
/// of the processor's cache. About one in a hundred ids that aren't there gets past it.
///
/// Reference: Putze, Sanders, Singler, "Cache-, Hash- and Space-Efficient Bloom Filters", 2007.
struct EventIDFilter: Sendable {
    private static let bitsPerEntry = 12
    private static let wordsPerLine = 8
    private static let bitsPerID = 6

    private var words: [UInt64]

    init(entryCount: Int) {
        let bits = max(entryCount, 1) * Self.bitsPerEntry
        let lines = (bits + 64 * Self.wordsPerLine - 1) / (64 * Self.wordsPerLine)
        words = [UInt64](repeating: 0, count: lines * Self.wordsPerLine)
    }

    var byteCount: Int { words.count * 8 }

    /// The bytes from a place on, at most so many, for the file.
    ///
    /// - Precondition: Both numbers are of whole words.
    func bytes(from start: Int, atMost count: Int) -> [UInt8] {
        precondition(start % 8 == 0 && count % 8 == 0, "\(count) bytes from \(start) on")
        return words[start / 8..<min((start + count) / 8, words.count)]
            .map(\.littleEndian).withUnsafeBytes { [UInt8]($0) }
    }

    /// Takes over what `bytes(from:atMost:)` gave.
    ///
    /// - Returns: False for bytes that it doesn't give.
    mutating func load(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Bool {
        guard start % 8 == 0, bytes.count % 8 == 0, start + bytes.count <= byteCount else {
            return false
        }
        for offset in stride(from: 0, to: bytes.count, by: 8) {
            words[(start + offset) / 8] = UInt64(
                littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        }
        return true
    }

    mutating func insert(_ id: EventHash) {
        let line = firstWord(of: id)
        var rest = id.high
        for _ in 0..<Self.bitsPerID {
            words[line + Int(rest >> 6 & 7)] |= 1 << (rest & 63)
            rest >>= 9
        }
    }

    func mayContain(_ id: EventHash) -> Bool {
        let line = firstWord(of: id)
        var rest = id.high
        for _ in 0..<Self.bitsPerID {
            if words[line + Int(rest >> 6 & 7)] & 1 << (rest & 63) == 0 { return false }
            rest >>= 9
        }
        return true
    }

    private func firstWord(of id: EventHash) -> Int {
        let lines = UInt64(words.count / Self.wordsPerLine)
        return Int(id.low.multipliedFullWidth(by: lines).high) * Self.wordsPerLine
    }
}
