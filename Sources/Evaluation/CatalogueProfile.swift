import Events
import Support

/// What the measures beyond accuracy know of the items: how much they were used in training, and
/// their categories.
package struct CatalogueProfile: Sendable {
    /// How many training users did something positive with each item, `[itemCount]`.
    package let usersOfItem: [Int]
    package let userCount: Int
    package let popularity: [ItemPopularity]
    /// The numbers of each item's categories, ascending, `[itemCount]`; empty where nothing is
    /// known of any item.
    package let categories: [[Int]]

    package var itemCount: Int { usersOfItem.count }

    /// - Parameters:
    ///   - histories: What was trained on, one a user.
    ///   - contents: `[itemCount]`, or empty.
    package init(
        histories: [[Interaction<ItemIndex>]], contents: [ItemContent], itemCount: Int
    ) {
        precondition(
            contents.isEmpty || contents.count == itemCount,
            "contents of \(contents.count) items for \(itemCount)")
        var users = [Int](repeating: 0, count: itemCount)
        for history in histories {
            for item in Set(history.lazy.filter { $0.strength > 0 }.map(\.item)) {
                users[item.row] += 1
            }
        }
        usersOfItem = users
        userCount = histories.count
        popularity = ItemPopularity.classes(usersOfItem: users)
        categories = Self.numbered(contents.map(\.categories))
    }

    /// Empty where no item has a category.
    private static func numbered(_ categories: [[String]]) -> [[Int]] {
        let names = Set(categories.joined()).sorted()
        guard !names.isEmpty else { return [] }
        let numbers = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
        return categories.map { Set($0).compactMap { numbers[$0] }.sorted() }
    }
}
