import Events
import Support

/// Items that nobody used yet: a seeded tenth of the items is new for the test and another tenth for
/// validation, and none of their events is in training.
///
/// Users are held out as in protocol H. Each event of a held-out user with a new item is a case of
/// its own, at its time: the input is what he did before it with items that are in training, and
/// what is ranked are the new items that he had not used before. So a model must know a new item by
/// what it is. A case's Recall@k is 1 or 0, and k / new items by chance.
package struct NewItems: Sendable {
    /// Histories of the users that train, without events of new items.
    package let train: [[Interaction<ItemIndex>]]
    /// Of the users of `train`.
    package let trainAttributes: [UserAttributes]
    package let validation: [EvaluationCase]
    package let test: [EvaluationCase]
    /// The events of each item in the whole data set, `[itemCount]`: an order that nobody could know
    /// while the items are new.
    package let popularity: [Float]

    /// - Parameter seed: Of the choice of the items.
    package init(_ dataset: RatingsDataset, seed: UInt64 = 1) {
        var random = RandomSource(seed: seed)
        let order = (0..<dataset.itemCount).shuffled(using: &random)
        let tenth = dataset.itemCount / 10
        let testItems = order[..<tenth].map { ItemIndex($0) }.sorted()
        let validationItems = order[tenth..<2 * tenth].map { ItemIndex($0) }.sorted()
        let known = Set(order[(2 * tenth)...].map { ItemIndex($0) })

        let trainUsers = dataset.users.filter { $0.id % 12 > 1 }
        train = trainUsers.map { user in user.interactions.filter { known.contains($0.item) } }
        trainAttributes = trainUsers.map(\.attributes)
        func cases(ofUsers remainder: Int, _ newItems: [ItemIndex]) -> [EvaluationCase] {
            dataset.users.filter { $0.id % 12 == remainder }
                .flatMap { Self.cases($0, known: known, newItems: newItems) }
        }
        validation = cases(ofUsers: 1, validationItems)
        test = cases(ofUsers: 0, testItems)
        var counts = [Float](repeating: 0, count: dataset.itemCount)
        for event in dataset.users.lazy.flatMap(\.interactions) { counts[event.item.row] += 1 }
        popularity = counts
    }

    /// Those with something to read before them.
    private static func cases(
        _ user: RatingsDataset.User, known: Set<ItemIndex>, newItems: [ItemIndex]
    ) -> [EvaluationCase] {
        var unused = newItems
        var input: [Interaction<ItemIndex>] = []
        var cases: [EvaluationCase] = []
        for event in user.interactions {
            if known.contains(event.item) { input.append(event) }
            guard let place = unused.firstIndex(of: event.item) else { continue }
            if !input.isEmpty {
                cases.append(
                    EvaluationCase(
                        input: input, targets: [event.item], now: event.time,
                        attributes: user.attributes, candidates: unused, user: user.id))
            }
            unused.remove(at: place)
        }
        return cases
    }
}
