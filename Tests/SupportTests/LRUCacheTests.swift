import Testing

@testable import Support

/// The same rules, the slow way: the least recently used is first.
private struct SlowCache {
    let capacity: Int
    var entries: [(key: Int, value: Int, cost: Int)] = []

    var cost: Int { entries.reduce(0) { $0 + $1.cost } }

    mutating func value(for key: Int) -> Int? {
        guard let place = entries.firstIndex(where: { $0.key == key }) else { return nil }
        entries.append(entries.remove(at: place))
        return entries.last?.value
    }

    mutating func update(_ key: Int, value: Int, cost: Int) {
        guard let place = entries.firstIndex(where: { $0.key == key }) else { return }
        entries[place] = (key, value, cost)
        if cost > capacity { entries.remove(at: place) }
        evict()
    }

    mutating func insert(_ value: Int, for key: Int, cost: Int) {
        remove(key)
        guard cost <= capacity else { return }
        entries.append((key, value, cost))
        evict()
    }

    mutating func remove(_ key: Int) {
        entries.removeAll { $0.key == key }
    }

    private mutating func evict() {
        while cost > capacity { entries.removeFirst() }
    }
}

@Suite struct LRUCacheTests {
    @Test(arguments: 0..<20 as Range<UInt64>)
    func doesWhatItsSlowTwinDoes(seed: UInt64) {
        var random = RandomSource(seed: seed)
        let capacity = Int.random(in: 1...30, using: &random)
        var fast = LRUCache<Int, Int>(capacity: capacity)
        var slow = SlowCache(capacity: capacity)
        for step in 0..<2000 {
            let key = Int.random(in: 0..<12, using: &random)
            let cost = Int.random(in: 0...(capacity + 2), using: &random)
            switch Int.random(in: 0..<5, using: &random) {
            case 0: #expect(fast.value(for: key) == slow.value(for: key))
            case 1:
                fast.update(key) { value in
                    value = step
                    return cost
                }
                slow.update(key, value: step, cost: cost)
            case 2:
                fast.remove(key)
                slow.remove(key)
            default:
                fast.insert(step, for: key, cost: cost)
                slow.insert(step, for: key, cost: cost)
            }
            #expect(fast.cost == slow.cost)
            #expect(fast.count == slow.entries.count)
        }
        for key in 0..<12 { #expect(fast.value(for: key) == slow.value(for: key)) }
    }

    @Test func dropsTheLeastRecentlyUsed() {
        var cache = LRUCache<String, Int>(capacity: 2)
        cache.insert(1, for: "a", cost: 1)
        cache.insert(2, for: "b", cost: 1)
        _ = cache.value(for: "a")
        cache.insert(3, for: "c", cost: 1)
        #expect(cache.value(for: "a") == 1)
        #expect(cache.value(for: "b") == nil)
        #expect(cache.value(for: "c") == 3)
    }

    @Test func keepsTheOthersWhenAValueIsTooDear() {
        var cache = LRUCache<String, Int>(capacity: 2)
        cache.insert(1, for: "a", cost: 1)
        cache.insert(2, for: "b", cost: 3)
        #expect(cache.value(for: "a") == 1)
        #expect(cache.value(for: "b") == nil)
        #expect(cache.cost == 1)
    }
}
