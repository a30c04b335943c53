import Support

/// The first k of a ranking, as a user would see them: equal scores in the order of their rows.
package enum TopList {
    /// - Complexity: O(n) where few items enter the list, O(n k) at worst.
    package static func select(
        _ k: Int, from scores: ArraySlice<Float>, roles: [ItemRole]
    ) -> [ItemIndex] {
        var list: [(item: Int, score: Float)] = []
        list.reserveCapacity(k + 1)
        for (item, score) in scores.enumerated() where roles[item] != .input {
            if list.count == k {
                guard let last = list.last, score > last.score else { continue }
                list.removeLast()
            }
            let place = list.lastIndex { $0.score >= score }.map { $0 + 1 } ?? 0
            list.insert((item, score), at: place)
        }
        return list.map { ItemIndex($0.item) }
    }
}
