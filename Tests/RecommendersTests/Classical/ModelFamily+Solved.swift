import Events
import Testing

@testable import Recommenders

extension TrainingSet {
    /// Users by the numbers of their items, a second apart.
    init(items users: [[Int]], of itemCount: Int, contents: [ItemContent] = []) {
        self.init(
            itemCount: itemCount, histories: users.map { TasteGroups.history($0).interactions },
            itemContents: contents)
    }
}

extension ModelFamily {
    /// The model of a method without epochs, with its own settings where none are given.
    func solved(
        on data: TrainingSet, settings: ModelSettings = [:], seed: UInt64 = 1, workers: Int = 2
    ) throws -> any Recommender {
        var learner = try makeLearner(
            data, LearnerOptions(seed: seed, workers: workers, settings: settings))
        #expect(learner.maxEpochs == 1)
        #expect(try learner.runEpoch() == 0)
        return learner.recommender()
    }
}

extension Recommender {
    /// The scores of one history of the given items, rounded to 4 digits.
    func rounded(_ items: [Int]) -> [Float] {
        scores(for: [TasteGroups.history(items)]).map { ($0 * 10_000).rounded() / 10_000 }
    }
}
