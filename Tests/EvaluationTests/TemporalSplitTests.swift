import Events
import Support
import Testing

@testable import Evaluation

@Suite struct TemporalSplitTests {
    /// Events at the given times, in order.
    private func history(
        _ events: [(time: Int, item: Int)], disliked: Set<Int> = []
    ) -> [Interaction<ItemIndex>] {
        events.map {
            Interaction(
                item: ItemIndex($0.item), strength: disliked.contains($0.item) ? -1 : 1,
                time: Timestamp(milliseconds: Int64($0.time)))
        }
    }

    private func rows(_ items: [ItemIndex]) -> [Int] { items.map(\.row) }

    private func time(_ milliseconds: Int64) -> Timestamp {
        Timestamp(milliseconds: milliseconds)
    }

    /// Items 3 and 5 are liked before 10, and 7 only after; 6 was only disliked.
    private var histories: [[Interaction<ItemIndex>]] {
        [
            history([(1, 5), (2, 6), (10, 3), (11, 5), (12, 7)], disliked: [6]),
            history([(3, 3), (4, 5)]), history([(15, 3)]),
        ]
    }

    @Test func whatCameBeforeTrainsAndWhatCameAfterIsToBeFound() throws {
        let split = TemporalSplit(histories, at: .time(time(10)))
        #expect(rows(split.items) == [3, 5])
        // On our rows 3 is 0 and 5 is 1; the dislike of 6 is of an item without a row.
        #expect(split.train.map { rows($0.map(\.item)) } == [[1], [0, 1]])
        #expect(split.trainUsers == [0, 1])
        let one = try #require(split.test.first)
        #expect(split.test.count == 1)  // the third user has no events before
        #expect(rows(one.input.map(\.item)) == [1])
        // 3 is found; 5 was known to him; 7 nobody had used.
        #expect(rows(one.targets) == [0])
        #expect(split.unseenTargets == 1)
        #expect(one.now == time(10))
    }

    /// Answers read all of a history, whatever part of it is trained on.
    @Test func trainsOnWhatTheCallerSays() throws {
        let log = [history([(1, 0), (2, 1), (9, 2)]), history([(1, 2), (2, 0)])]
        let split = TemporalSplit(
            log, trained: [history([(1, 0), (9, 2)]), history([(1, 2)])], at: .time(time(9)))
        #expect(rows(split.items) == [0, 2])
        #expect(split.train.map { rows($0.map(\.item)) } == [[0], [1]])
        #expect(split.test.map { rows($0.input.map(\.item)) } == [[0]])
        #expect(split.test.map { rows($0.targets) } == [[1]])
    }

    @Test func anEventOfTheVeryMomentComesAfter() {
        let log = [history([(1, 0), (2, 1)]), history([(1, 1), (2, 0)])]
        #expect(TemporalSplit(log, at: .time(time(2))).train.map(\.count) == [1, 1])
        #expect(TemporalSplit(log, at: .time(time(3))).test.isEmpty)
        #expect(TemporalSplit(log, at: .time(time(3))).train.map(\.count) == [2, 2])
    }

    @Test func aShareCutsAtTheTimeOfItsEvent() {
        let log = [history((0..<100).map { ($0, $0 % 7) })]
        #expect(TemporalSplit(log, at: .share(0.9)).testStart == time(90))
        #expect(TemporalSplit(log, at: .share(0)).train.isEmpty)
        let whole = TemporalSplit(log, at: .share(1))
        #expect(whole.testStart == nil && whole.test.isEmpty && whole.train[0].count == 100)
    }

    /// As long as the test in events, at most a fifth of what is before.
    @Test(arguments: [(0.9, 80), (0.5, 40), (0.85, 70)])
    func validationIsTheLastStretchBeforeTheTest(share: Double, start: Int64) {
        let log = [history((0..<100).map { ($0, $0) }), history((0..<100).map { ($0, 99 - $0) })]
        let split = TemporalSplit(log, at: .share(share))
        #expect(split.validationStart == time(start))
        #expect(split.reducedTrain.allSatisfy { $0.allSatisfy { $0.time < time(start) } })
        for one in split.validation {
            #expect(one.now >= time(start))
            #expect(one.input.allSatisfy { $0.time < time(start) })
        }
    }

    @Test func nothingOfTheTestIsSeenInTraining() {
        var random = RandomSource(seed: 9)
        let log = (0..<40).map { _ in
            history(
                (0..<30).map { (10 * $0 + Int(random.uniform() * 9), Int(random.uniform() * 20)) })
        }
        let attributes = (0..<40).map { UserAttributes(["n": .integer(Int64($0))]) }
        let split = TemporalSplit(log, attributes: attributes, at: .time(time(240)))
        #expect(!split.test.isEmpty && !split.validation.isEmpty)
        #expect(split.train.joined().allSatisfy { $0.time < time(240) })
        let start = split.validationStart ?? time(0)
        #expect(split.reducedTrain.joined().allSatisfy { $0.time < start })
        for one in split.test + split.validation {
            let input = Set(one.input.map(\.item))
            #expect(one.targets.allSatisfy { !input.contains($0) && $0.row < split.items.count })
            #expect(one.targets.count == Set(one.targets).count)
            #expect(one.attributes != .none)
        }
    }
}
