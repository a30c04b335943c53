import Events
import Support

/// What a model is trained on: one history a user, oldest event first.
package struct TrainingSet: Sendable {
    package var itemCount: Int
    package var histories: [[Interaction<ItemIndex>]]
    /// What is known of each item, `[itemCount]`; empty where nothing is known of any.
    package var itemContents: [ItemContent]
    /// What is known of the user of each history; empty where nothing is known of any.
    package var userAttributes: [UserAttributes]

    package init(
        itemCount: Int, histories: [[Interaction<ItemIndex>]], itemContents: [ItemContent] = [],
        userAttributes: [UserAttributes] = []
    ) {
        precondition(
            itemContents.isEmpty || itemContents.count == itemCount,
            "contents of \(itemContents.count) items for \(itemCount)")
        precondition(
            userAttributes.isEmpty || userAttributes.count == histories.count,
            "attributes of \(userAttributes.count) users for \(histories.count)")
        self.itemCount = itemCount
        self.histories = histories
        self.itemContents = itemContents
        self.userAttributes = userAttributes
    }
}

/// What a fit needs to know besides its data.
package struct LearnerOptions: Sendable {
    package var seed: UInt64
    /// Threads that share the work. Seed, data and this number together fix the weights.
    package var workers: Int
    package var settings: ModelSettings
    /// What to go on from; nil for new weights. Methods without epochs don't look at it.
    package var start: WarmStart?

    package init(
        seed: UInt64, workers: Int, settings: ModelSettings, start: WarmStart? = nil
    ) {
        self.seed = seed
        self.workers = workers
        self.settings = settings
        self.start = start
    }
}

/// A fit in progress, an epoch at a time; early stopping, validation and cancelling live with the
/// caller.
package protocol Learner {
    /// After that many epochs the caller stops. Methods without epochs say 1.
    var maxEpochs: Int { get }

    /// Whether its weights are an earlier model's: worth measuring before the first epoch.
    var isWarm: Bool { get }

    /// What the model's origin tells of how it was trained, by key.
    var notes: [String: String] { get }

    /// One pass over the training set.
    ///
    /// - Returns: The mean loss over the epoch, finite; 0 for methods without one.
    /// - Throws: `TrainingError.notFinite` when a loss or weight stops being finite.
    mutating func runEpoch() throws -> Double

    /// The model with the current weights. It stays as it is while the fit goes on.
    func recommender() -> any Recommender
}

extension Learner {
    /// Methods that solve anew each time go on from nothing.
    package var isWarm: Bool { false }

    package var notes: [String: String] { [:] }
}
