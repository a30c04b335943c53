import Events
import Support

/// Protocol G: pairs of a user and an item, held out at random. Order and time play no part.
///
/// Recall has all targets of the user as its denominator.
package struct RandomHoldout: Sendable {
    /// All training pairs, for the last fit.
    package let train: [[Interaction<ItemIndex>]]
    package let test: [EvaluationCase]
    /// The training pairs without the ones for validation, for choosing.
    package let reducedTrain: [[Interaction<ItemIndex>]]
    package let validation: [EvaluationCase]
    package let itemCount: Int

    /// - Parameters:
    ///   - train: `(user, item)`, both from 0.
    ///   - test: The same; items and users may be new here.
    ///   - validationShare: What part of the training pairs is for validation, drawn by `seed`.
    package init(
        train: [(user: Int, item: Int)], test: [(user: Int, item: Int)],
        validationShare: Double = 0.1, seed: UInt64 = 1
    ) {
        let userCount = 1 + ((train + test).map(\.user).max() ?? -1)
        itemCount = 1 + ((train + test).map(\.item).max() ?? -1)
        var random = RandomSource(seed: seed)
        let shuffled = train.shuffled(using: &random)
        let validationCount = Int(Double(train.count) * validationShare)

        self.train = Self.histories(train, userCount: userCount)
        self.test = Self.cases(self.train, Self.histories(test, userCount: userCount))
        reducedTrain = Self.histories(
            shuffled.dropFirst(validationCount), userCount: userCount)
        validation = Self.cases(
            reducedTrain,
            Self.histories(shuffled.prefix(validationCount), userCount: userCount))
    }

    private static func histories(
        _ pairs: some Sequence<(user: Int, item: Int)>, userCount: Int
    ) -> [[Interaction<ItemIndex>]] {
        var histories = [[Interaction<ItemIndex>]](repeating: [], count: userCount)
        for pair in pairs {
            histories[pair.user].append(
                Interaction(item: ItemIndex(pair.item), time: Timestamp(milliseconds: 0)))
        }
        return histories.map { $0.sorted { $0.item < $1.item } }
    }

    private static func cases(
        _ inputs: [[Interaction<ItemIndex>]], _ targets: [[Interaction<ItemIndex>]]
    ) -> [EvaluationCase] {
        zip(inputs, targets).filter { !$0.1.isEmpty }.map { input, targets in
            EvaluationCase(
                input: input, targets: targets.map(\.item), now: Timestamp(milliseconds: 0))
        }
    }
}
