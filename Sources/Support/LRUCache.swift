/// A dictionary bounded by the summed cost of its values: beyond it the least recently used go.
///
/// - Complexity: O(1) for every operation, and for each entry that goes.
package struct LRUCache<Key: Hashable, Value> {
    private struct Node {
        var key: Key
        var value: Value
        var cost: Int
        var newer: Int
        var older: Int
    }

    private static var none: Int { -1 }

    package let capacity: Int
    package private(set) var cost = 0
    /// How many values went because the bound was reached.
    package private(set) var evictionCount = 0
    private var slots: [Node?] = []
    private var free: [Int] = []
    private var slotOfKey: [Key: Int] = [:]
    private var newest = -1
    private var oldest = -1

    package init(capacity: Int) {
        precondition(capacity > 0, "a cache of capacity \(capacity) holds nothing")
        self.capacity = capacity
    }

    package var count: Int { slotOfKey.count }

    /// The value, which becomes the most recently used.
    package mutating func value(for key: Key) -> Value? {
        guard let slot = slotOfKey[key] else { return nil }
        if slot != newest {
            unlink(slot)
            linkAsNewest(slot)
        }
        return slots[slot]?.value
    }

    /// Changes a value in place, where there is one; `change` returns its new cost. One that then
    /// costs more than the whole capacity is not kept.
    package mutating func update(_ key: Key, _ change: (inout Value) -> Int) {
        guard let slot = slotOfKey[key], var node = slots[slot] else { return }
        slots[slot] = nil  // so that `change` holds the only reference and copies nothing
        let newCost = change(&node.value)
        cost += newCost - node.cost
        node.cost = newCost
        slots[slot] = node
        if newCost > capacity { remove(key) }
        evict()
    }

    /// Adds or replaces a value as the most recently used. One that costs more than the whole
    /// capacity is not kept.
    package mutating func insert(_ value: Value, for key: Key, cost newCost: Int) {
        remove(key)
        guard newCost <= capacity else { return }
        let node = Node(
            key: key, value: value, cost: newCost, newer: Self.none, older: Self.none)
        let slot: Int
        if let reused = free.popLast() {
            slot = reused
            slots[slot] = node
        } else {
            slot = slots.count
            slots.append(node)
        }
        slotOfKey[key] = slot
        cost += newCost
        linkAsNewest(slot)
        evict()
    }

    package mutating func remove(_ key: Key) {
        guard let slot = slotOfKey.removeValue(forKey: key) else { return }
        unlink(slot)
        cost -= slots[slot]?.cost ?? 0
        slots[slot] = nil
        free.append(slot)
    }

    private mutating func evict() {
        while cost > capacity, oldest != Self.none, let node = slots[oldest] {
            remove(node.key)
            evictionCount += 1
        }
    }

    private mutating func unlink(_ slot: Int) {
        guard let node = slots[slot] else { return }
        if node.newer == Self.none {
            newest = node.older
        } else {
            slots[node.newer]?.older = node.older
        }
        if node.older == Self.none {
            oldest = node.newer
        } else {
            slots[node.older]?.newer = node.newer
        }
    }

    private mutating func linkAsNewest(_ slot: Int) {
        slots[slot]?.newer = Self.none
        slots[slot]?.older = newest
        if newest != Self.none { slots[newest]?.newer = slot }
        newest = slot
        if oldest == Self.none { oldest = slot }
    }
}
