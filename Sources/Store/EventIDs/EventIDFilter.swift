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

    /// Nil for bytes that `withBytes` doesn't give.
    init?(_ bytes: UnsafeRawBufferPointer) {
        guard !bytes.isEmpty, bytes.count % (8 * Self.wordsPerLine) == 0 else { return nil }
        words = stride(from: 0, to: bytes.count, by: 8).map {
            UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: $0, as: UInt64.self))
        }
    }

    var byteCount: Int { words.count * 8 }

    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try words.map(\.littleEndian).withUnsafeBytes(body)
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
