/// The keys of the ids that were used lately, up to a bound: 24 bytes an id, whatever its length.
///
/// Ids are told apart by 128 bits of SipHash under keys that are drawn at each start: among a
/// million, two of them would be taken for one with a chance of 2^-88. There are two generations: a
/// full one becomes the older, in whose place the oldest is forgotten, and what is used in the older
/// one moves on into the younger.
struct KeyCache<Key> {
    private struct Fingerprint: Hashable {
        let first: Int
        let second: Int

        /// Ids compare as they do in the database: by bytes.
        init(_ id: String) {
            var (first, second) = (Hasher(), Hasher())
            second.combine(UInt8(1))
            var id = id
            id.withUTF8 { bytes in
                first.combine(bytes: UnsafeRawBufferPointer(bytes))
                second.combine(bytes: UnsafeRawBufferPointer(bytes))
            }
            (self.first, self.second) = (first.finalize(), second.finalize())
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
