/// Classes of items by how much they are used: an evaluation tells apart whether a model finds what
/// everybody knows or what is rare.
///
/// Reference: Cremonesi, Koren & Turrin, RecSys 2010, doi:10.1145/1864708.1864721 (short head and
/// long tail by the share of ratings).
/// Differs: three classes, with bounds at 50 % and 80 %.
package enum ItemPopularity: String, CaseIterable, Sendable, Codable {
    /// The most used items, which together have the first half of all uses.
    case head
    /// The next ones, up to 80 % of all uses.
    case middle
    /// The others, the unused ones among them.
    case tail

    static let headShare = 0.5
    static let middleShare = 0.8

    /// Sorts the items by use, equals in the order of their rows; an item belongs where the uses of
    /// all before it end.
    ///
    /// - Parameter usersOfItem: How many training users each item has, `[itemCount]`.
    /// - Returns: `[itemCount]`.
    package static func classes(usersOfItem: [Int]) -> [ItemPopularity] {
        let total = Double(usersOfItem.reduce(0, +))
        var classes = [ItemPopularity](repeating: .tail, count: usersOfItem.count)
        var before = 0
        let order = usersOfItem.indices.sorted {
            (-usersOfItem[$0], $0) < (-usersOfItem[$1], $1)
        }
        for item in order where usersOfItem[item] > 0 {
            let share = Double(before) / total
            classes[item] = share < headShare ? .head : share < middleShare ? .middle : .tail
            before += usersOfItem[item]
        }
        return classes
    }
}
