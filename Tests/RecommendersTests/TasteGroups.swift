import Events
import Support

@testable import Recommenders

/// An oracle: users of three tastes, each with most of the items of his own and none of another, in
/// no order.
enum TasteGroups {
    static let groupCount = 3
    static let itemCount = 24

    static func items(of group: Int) -> [Int] {
        (0..<itemCount).filter { $0 % groupCount == group }
    }

    static let trainingSet: TrainingSet = {
        var source = RandomSource(seed: 42)
        var order = RandomSource(seed: 43)
        let histories = (0..<120).map { user in
            items(of: user % groupCount).filter { _ in source.uniform() < 0.7 }
                .shuffled(using: &order)
        }
        return TrainingSet(
            itemCount: itemCount, histories: histories.map { history($0).interactions },
            itemContents: (0..<itemCount).map { content(of: $0 % groupCount, number: $0) })
    }()

    /// What is known of an item of the group: its taste, and a name that no other has.
    static func content(of group: Int, number: Int) -> ItemContent {
        ItemContent(categories: ["taste-\(group)"], title: "number \(number)")
    }

    /// The training set with one more item, 24, that nobody did anything with.
    static func withAnUntouchedItem(_ content: ItemContent) -> TrainingSet {
        TrainingSet(
            itemCount: itemCount + 1, histories: trainingSet.histories,
            itemContents: trainingSet.itemContents + [content])
    }

    /// The same users with the items numbered from the end.
    static var backwards: TrainingSet {
        var data = trainingSet
        data.itemContents.reverse()
        data.histories = data.histories.map { history in
            history.map { $0.withItem(ItemIndex(itemCount - 1 - $0.item.row)) }
        }
        return data
    }

    /// Small enough for a test; each family takes the keys that it has.
    static let settings: ModelSettings = [
        "epochs": 30, "hiddenSize": 24, "latentSize": 8, "batchSize": 30, "learningRate": 0.01,
        "lambda": 5, "positions": 20, "width": 16, "blocks": 2, "feedForwardSize": 16,
        "warmupSteps": 0, "warmRate": 1,
    ]

    static func history(_ items: [Int]) -> History {
        let start = Timestamp(milliseconds: 1_000_000_000_000)
        return History(
            interactions: items.enumerated().map { place, item in
                Interaction(
                    item: ItemIndex(item), time: start + .seconds(place))
            }, now: start + .seconds(1000))
    }
}
