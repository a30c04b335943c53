import Support
import Testing

@testable import Recommenders

@Suite struct MarkovChainTests {
    /// 0 → 1 twice, 0 → 2, 1 → 2 and 2 → 1 once. Items 0 to 3 have 3, 3, 2 and 1 users.
    private static let data = TrainingSet(items: [[0, 1, 2], [0, 1], [0, 2, 2, 1], [3]], of: 4)

    private func fit(_ settings: ModelSettings) throws -> any Recommender {
        try MarkovChain.family.solved(on: Self.data, settings: settings)
    }

    @Test func countsWhatCameNext() throws {
        let model = try fit(["smoothing": 0])
        #expect(model.rounded([0]) == [0, 0.6667, 0.3333, 0])
        #expect(model.rounded([2]) == [0, 1, 0, 0])
    }

    @Test func readsTheLastItemAlone() throws {
        let model = try fit([:])
        #expect(model.rounded([3, 1, 0]) == model.rounded([0]))
        #expect(model.rounded([0, 1]) != model.rounded([0]))
    }

    /// (n + 10 p) / (3 + 10), with p = 3/9, 3/9, 2/9, 1/9.
    @Test func leansOnWhatIsPopular() throws {
        #expect(try fit(["smoothing": 10]).rounded([0]) == [0.2564, 0.4103, 0.2479, 0.0855])
    }

    @Test(arguments: [0.0, 10])
    func knowsNothingAfterAnItemThatNothingFollowed(smoothing: Double) throws {
        let model = try fit(["smoothing": smoothing])
        #expect(!model.canAnswer(TasteGroups.history([0, 3])))
        #expect(model.canAnswer(TasteGroups.history([3, 0])))
        #expect(model.rounded([0, 3]) == [0.3333, 0.3333, 0.2222, 0.1111])
        #expect(model.rounded([]) == [0.3333, 0.3333, 0.2222, 0.1111])
    }

    /// From 0: 1 twice directly and once at distance 2; 2 once directly and once at distance 2.
    @Test func countsDistantStepsLess() throws {
        let model = try fit(["smoothing": 0, "window": 2])
        #expect(model.rounded([0]) == [0, 0.625, 0.375, 0])  // 2.5 and 1.5 of 4
    }

    @Test func anItemNeverFollowsItself() throws {
        let data = TrainingSet(items: [[0, 1, 0, 0, 1]], of: 2)
        let model = try MarkovChain.family.solved(
            on: data, settings: ["smoothing": 0, "window": 3])
        #expect(model.rounded([0]) == [0, 1])
    }
}
