import Events
import Support

/// A published data set in memory: each user's events in time order, items numbered from 0.
package struct RatingsDataset: Sendable {
    /// One user of the data set.
    package struct User: Sendable {
        /// As in the file.
        package var id: Int
        /// Oldest first; equal times in the order of the file. All of strength 1.
        package var interactions: [Interaction<ItemIndex>]
        package var attributes: UserAttributes
    }

    /// One line of a ratings file.
    package typealias Rating = (user: Int, item: Int, value: Double, time: Timestamp)

    /// In the order of their ids.
    package let users: [User]
    /// The id of each item row, ascending.
    package let itemIDs: [Int]
    /// What is known of each item, `[itemCount]`; empty where nothing is known of any.
    package let itemContents: [ItemContent]

    package var itemCount: Int { itemIDs.count }

    /// How many ratings there are.
    package var count: Int { users.reduce(0) { $0 + $1.interactions.count } }

    /// Takes every rating as positive, as protocols L, H and G do.
    ///
    /// - Parameters:
    ///   - ratings: In the order of the file.
    ///   - minimumOfItem: Items with fewer ratings are dropped (protocol L: 5).
    ///   - contents: What is known of the items, by id.
    ///   - attributes: What is known of the users, by id.
    package init(
        ratings: [Rating], minimumOfItem: Int = 1, contents: [Int: ItemContent] = [:],
        attributes: [Int: UserAttributes] = [:]
    ) {
        var countOfItem: [Int: Int] = [:]
        for rating in ratings { countOfItem[rating.item, default: 0] += 1 }
        itemIDs = countOfItem.filter { $0.value >= minimumOfItem }.keys.sorted()
        itemContents = contents.isEmpty ? [] : itemIDs.map { contents[$0] ?? .none }
        let rowOfItem = Dictionary(
            uniqueKeysWithValues: itemIDs.enumerated().map { ($1, ItemIndex($0)) })
        var interactionsOfUser: [Int: [Interaction<ItemIndex>]] = [:]
        for rating in ratings {
            guard let row = rowOfItem[rating.item] else { continue }
            interactionsOfUser[rating.user, default: []].append(
                Interaction(item: row, value: Float(rating.value), time: rating.time))
        }
        // Swift's sort is stable, which keeps equal times in the order of the file.
        users = interactionsOfUser.sorted { $0.key < $1.key }
            .map { id, interactions in
                User(
                    id: id, interactions: interactions.sorted { $0.time < $1.time },
                    attributes: attributes[id] ?? .none)
            }
    }
}
