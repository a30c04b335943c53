import Events
import Support
import Testing

@testable import Evaluation

@Suite struct SplitsTests {
    private func events(
        _ items: [Int], strengths: [Int: Float] = [:]
    ) -> [Interaction<ItemIndex>] {
        items.enumerated().map { time, item in
            Interaction(
                item: ItemIndex(item), strength: strengths[time] ?? 1,
                time: Timestamp(milliseconds: Int64(time)))
        }
    }

    private func rows(_ items: [ItemIndex]) -> [Int] { items.map(\.row) }
    private func rows(_ events: [Interaction<ItemIndex>]) -> [Int] { events.map(\.item.row) }

    private func drawnRatings(seed: UInt64, count: Int = 600) -> [RatingsDataset.Rating] {
        var random = RandomSource(seed: seed)
        return (0..<count).map { _ in
            (
                user: Int(random.uniform() * 30), item: Int(random.uniform() * 40), value: 3,
                time: Timestamp(milliseconds: Int64(random.uniform() * 50))
            )
        }
    }

    @Test func datasetSortsUsersByTimeAndKeepsTheOrderOfEqualTimes() {
        let ratings: [RatingsDataset.Rating] = [
            (2, 70, 1, Timestamp(milliseconds: 5)), (1, 50, 2, Timestamp(milliseconds: 9)),
            (2, 60, 3, Timestamp(milliseconds: 5)), (2, 50, 4, Timestamp(milliseconds: 1)),
        ]
        let dataset = RatingsDataset(ratings: ratings)
        #expect(dataset.itemIDs == [50, 60, 70])
        #expect(dataset.users.map(\.id) == [1, 2])
        #expect(rows(dataset.users[1].interactions) == [0, 2, 1])
        #expect(dataset.users[1].interactions.map(\.value) == [4, 1, 3])
        #expect(dataset.count == 4)
    }

    @Test func datasetDropsRareItems() {
        let dataset = RatingsDataset(ratings: drawnRatings(seed: 1), minimumOfItem: 15)
        var counts = [Int](repeating: 0, count: dataset.itemCount)
        for event in dataset.users.flatMap(\.interactions) { counts[event.item.row] += 1 }
        #expect(dataset.itemCount < 40)
        #expect(counts.allSatisfy { $0 >= 15 })
    }

    @Test func strongGeneralisationTakesEveryFifthEvent() throws {
        let held = try #require(StrongGeneralisation.heldOut(events(Array(10..<22))))
        #expect(rows(held.targets) == [14, 19])
        #expect(rows(held.input) == [10, 11, 12, 13, 15, 16, 17, 18, 20, 21])
        #expect(held.now == Timestamp(milliseconds: 11))
        #expect(StrongGeneralisation.heldOut(events([1, 2, 3, 4])) == nil)
    }

    @Test func strongGeneralisationNeverTrainsOnHeldOutUsers() {
        let dataset = RatingsDataset(ratings: drawnRatings(seed: 2))
        let split = StrongGeneralisation(dataset)
        let held = dataset.users.filter { [0, 1, 12, 13, 24, 25].contains($0.id) }
        #expect(split.test.count + split.validation.count == held.count)
        #expect(split.train.count == dataset.users.count - held.count)
        let trained = split.train.reduce(0) { $0 + $1.count }
        let examined = (split.test + split.validation)
            .reduce(0) { $0 + $1.input.count + $1.targets.count }
        #expect(trained + examined == dataset.count)
    }

    @Test func leaveLastOutHidesTheLastTwo() {
        let dataset = RatingsDataset(ratings: drawnRatings(seed: 3))
        let split = LeaveLastOut(dataset)
        #expect(split.test.count == dataset.users.count)
        for (row, user) in dataset.users.enumerated() {
            let all = rows(user.interactions)
            #expect(rows(split.train[row]) == all.dropLast(2))
            #expect(rows(split.validation[row].input) == all.dropLast(2))
            #expect(rows(split.validation[row].targets) == [all[all.count - 2]])
            #expect(rows(split.test[row].input) == all.dropLast(1))
            #expect(rows(split.test[row].targets) == [all[all.count - 1]])
            #expect(split.test[row].now == user.interactions.last?.time)
        }
    }

    @Test func heldOutTailIsTheLatestFifth() throws {
        let split = try #require(HeldOutTail.split(events(Array(0..<14))))
        #expect(rows(split.input) == Array(0..<12))
        #expect(rows(split.targets) == [12, 13])
        #expect(split.now == Timestamp(milliseconds: 12))
    }

    @Test func heldOutTailIsAtLeastOneEvent() throws {
        let split = try #require(HeldOutTail.split(events([4, 7])))
        #expect(rows(split.input) == [4])
        #expect(rows(split.targets) == [7])
        #expect(HeldOutTail.split(events([4])) == nil)
        #expect(HeldOutTail.split([]) == nil)
    }

    @Test func heldOutTailTargetsAreNewPositiveAndNamedOnce() throws {
        let history = events([1, 2, 3, 4, 5, 2, 6, 7, 6, 8], strengths: [7: -1])
        let split = try #require(HeldOutTail.split(history, fraction: 0.5))
        #expect(rows(split.input) == [1, 2, 3, 4, 5])
        #expect(rows(split.targets) == [6, 8])
        #expect(HeldOutTail.split(events([1, 2, 1])) == nil)
        #expect(HeldOutTail.split(events([1, 2], strengths: [1: -1])) == nil)
    }

    @Test(arguments: [UInt64(1), 2])
    func randomHoldoutDrawsValidationFromTraining(seed: UInt64) {
        let all = (0..<500).map { (user: $0 / 20, item: $0 % 20) }
        let train = Array(all.prefix(400))
        let test = Array(all.suffix(100))
        let split = RandomHoldout(train: train, test: test, seed: seed)
        #expect(split.itemCount == 20)
        #expect(split.train.reduce(0) { $0 + $1.count } == 400)
        #expect(split.reducedTrain.reduce(0) { $0 + $1.count } == 360)
        #expect(split.validation.reduce(0) { $0 + $1.targets.count } == 40)
        for one in split.validation {
            #expect(Set(rows(one.input)).isDisjoint(with: rows(one.targets)))
            #expect(one.input.count + one.targets.count == 20)
        }
        // Users 20 to 24 are only in the test part.
        #expect(split.test.map(\.targets.count) == [20, 20, 20, 20, 20])
        #expect(split.test.allSatisfy { $0.input.isEmpty })
    }

    @Test func randomHoldoutDependsOnTheSeed() {
        let train = (0..<200).map { (user: $0 / 20, item: $0 % 20) }
        func validation(_ seed: UInt64) -> [[Int]] {
            RandomHoldout(train: train, test: [], seed: seed).validation.map { rows($0.targets) }
        }
        #expect(validation(1) == validation(1))
        #expect(validation(1) != validation(2))
    }
}
