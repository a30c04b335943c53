/// The keys of the ids that were used lately, up to a bound: 24 bytes an id, whatever its length.
///
/// Ids of up to 15 bytes are kept as they are. Longer ones are told apart by 120 bits of SipHash under
/// keys that are drawn at each start: among a million, two of them would be taken for one with a chance
/// of 2^-80. There are two generations: a full one becomes the older, in whose place the oldest is
/// forgotten, and what is used in the older one moves on into the younger.
struct KeyCache<Key> {
    private struct Fingerprint: Hashable {
        private static var byteCount: Int { 16 }
        private static var longMark: UInt8 { .max }

        private var words: (UInt64, UInt64) = (0, 0)

        /// Ids compare as they do in the database: by bytes.
        init(_ id: String) {
            var id = id
            id.withUTF8 { bytes in
                withUnsafeMutableBytes(of: &words) { words in
                    // The last byte is the length, or says that it is a hash.
                    guard bytes.count < Self.byteCount else { return }
                    words.copyMemory(from: UnsafeRawBufferPointer(bytes))
                    words[Self.byteCount - 1] = UInt8(bytes.count)
                }
                guard bytes.count >= Self.byteCount else { return }
                var (first, second) = (Hasher(), Hasher())
                second.combine(UInt8(1))
                first.combine(bytes: UnsafeRawBufferPointer(bytes))
                second.combine(bytes: UnsafeRawBufferPointer(bytes))
                words = (
                    UInt64(bitPattern: Int64(first.finalize())),
                    UInt64(bitPattern: Int64(second.finalize()))
                )
                withUnsafeMutableBytes(of: &words) { $0[Self.byteCount - 1] = Self.longMark }
            }
        }

        static func == (one: Fingerprint, other: Fingerprint) -> Bool { one.words == other.words }

        func hash(into hasher: inout Hasher) {
            hasher.combine(words.0)
            hasher.combine(words.1)
        }
    }

    private let generationCapacity: Int
    private var younger: [Fingerprint: Key] = [:]
    private var older: [Fingerprint: Key] = [:]
    /// Added since the last commit.
    private var uncommitted: [Fingerprint] = []

    init(capacity: Int) {
        generationCapacity = max(1, capacity / 2)
    }

    var count: Int { younger.count + older.count }

    mutating func value(for id: String, orMake make: () throws -> Key) rethrows -> Key {
        let fingerprint = Fingerprint(id)
        if let key = younger[fingerprint] { return key }
        if let key = older.removeValue(forKey: fingerprint) {
            insert(key, fingerprint)
            return key
        }
        let key = try make()
        uncommitted.append(fingerprint)
        insert(key, fingerprint)
        return key
    }

    mutating func remove(_ id: String) { remove(Fingerprint(id)) }

    /// What was added stays, as its rows do.
    mutating func commit() { uncommitted.removeAll(keepingCapacity: uncommitted.count < 20_000) }

    /// Forgets what was added since the last commit: its rows may be gone.
    mutating func rollback() {
        for fingerprint in uncommitted { remove(fingerprint) }
        uncommitted = []
    }

    private mutating func insert(_ key: Key, _ fingerprint: Fingerprint) {
        if younger.count >= generationCapacity { (older, younger) = (younger, [:]) }
        younger[fingerprint] = key
    }

    private mutating func remove(_ fingerprint: Fingerprint) {
        younger[fingerprint] = nil
        older[fingerprint] = nil
    }
}
