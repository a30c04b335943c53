import Events
import Support
import Tensor

/// The stage that adds made-up users to a training set: for sparse logs, by configuration
/// (`augmentation`, a share of the real users; 0 leaves everything as it is).
package struct Augmentation {
    static let key = "augmentation"
    static let defaults: ModelSettings = [key: 0]
    /// The generator is dense in items.
    static let maxItems = 50_000
    /// How many users of each kind the two-sample check looks at.
    private static let checkedUsers = 200

    private let share: Double
    private let seed: UInt64
    private let workers: Int

    /// - Parameter settings: With the family's defaults, `augmentation` among them.
    /// - Throws: `ModelError.invalidSetting`.
    package init(_ settings: ModelSettings, options: LearnerOptions) throws(ModelError) {
        share = try settings.real(Self.key, in: 0...10)
        seed = options.seed
        workers = options.workers
    }

    /// Learns what histories look like and adds drawn ones behind the real ones. Their items come
    /// in random order, at the time of the last event of a real user, and weigh what an event weighs
    /// on average. What events weigh has no part in what is drawn.
    ///
    /// - Returns: The set, and how the drawn users compare with the real ones; nil where there is
    ///   nothing to add, or to learn from.
    /// - Throws: `TrainingError` when the generator diverges, `ModelError.tooManyItemsToAugment`.
    package func applied(to data: TrainingSet) throws -> (TrainingSet, AugmentationReport?) {
        let real = data.histories.map(\.positiveItems).filter { !$0.isEmpty }
        let count = Int((share * Double(real.count)).rounded())
        guard count > 0, real.count > 1 else { return (data, nil) }
        guard data.itemCount <= Self.maxItems else {
            throw ModelError.tooManyItemsToAugment(data.itemCount, maximum: Self.maxItems)
        }
        try OpenBLAS.load()
        var model = HistoryGAN(
            users: real, itemCount: data.itemCount, seed: seed, workers: workers)
        try model.train()
        let drawn = model.draw(max(count, Self.checkedUsers))
        var augmented = data
        var random = RandomSource(seed: seed, stream: .max)
        let ends = data.histories.compactMap(\.last?.time)
        let strength = Float(EventWeights(data).meanStrength)
        for (index, items) in drawn.prefix(count).enumerated() {
            augmented.histories.append(
                items.shuffled(using: &random).map {
                    Interaction(
                        item: ItemIndex(Int($0)), strength: strength,
                        time: ends[index % ends.count])
                })
            if !data.userAttributes.isEmpty { augmented.userAttributes.append(.none) }
        }
        return (
            augmented,
            AugmentationReport(
                real: real, drawn: drawn, added: min(count, drawn.count),
                itemCount: data.itemCount, sample: Self.checkedUsers, seed: seed)
        )
    }
}
