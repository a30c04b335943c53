import Support

/// The keys of ids that were looked up, up to a bound: a full cache starts again from nothing,
/// which costs a lookup for each id in use and needs no bookkeeping. Ids compare as they do in the
/// database: by bytes.
struct KeyCache<Key> {
    private let capacity: Int
    private var keys: [ExactText: Key] = [:]

    init(capacity: Int) {
        self.capacity = capacity
    }

    mutating func value(for id: String, orMake make: () throws -> Key) rethrows -> Key {
        let text = ExactText(id)
        if let key = keys[text] { return key }
        let key = try make()
        if keys.count >= capacity { keys.removeAll(keepingCapacity: true) }
        keys[text] = key
        return key
    }

    mutating func remove(_ id: String) {
        keys[ExactText(id)] = nil
    }

    mutating func removeAll() {
        keys.removeAll(keepingCapacity: true)
    }
}
