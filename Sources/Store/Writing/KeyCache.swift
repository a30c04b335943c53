/// The keys of ids that were looked up, up to a bound: a full cache starts again from nothing,
/// which costs a lookup for each id in use and needs no bookkeeping.
struct KeyCache<Key> {
    private let capacity: Int
    private var keys: [String: Key] = [:]

    init(capacity: Int) {
        self.capacity = capacity
    }

    mutating func value(for id: String, orMake make: () throws -> Key) rethrows -> Key {
        if let key = keys[id] { return key }
        let key = try make()
        if keys.count >= capacity { keys.removeAll(keepingCapacity: true) }
        keys[id] = key
        return key
    }

    mutating func remove(_ id: String) {
        keys[id] = nil
    }

    mutating func removeAll() {
        keys.removeAll(keepingCapacity: true)
    }
}
