import Events
import Support
import Testing
import TrainerPipe

@testable import Store
@testable import Training

/// One event of a small log: user, item and the second at which it happened.
private struct Deed {
    var user: Int64 = 1
    var item: Int32 = 1
    var seconds: Double = 0
    var type: UInt16 = 1
    var strength: Float = 1
    var value: Float = .nan
}

@Suite struct PreprocessingTests {
    private static let day = 86_400.0

    private func log(_ deeds: [Deed]) -> PreprocessedLog {
        PreprocessedLog(
            deeds.enumerated().map { number, deed in
                LoggedEvent(
                    sequence: EventSequence(Int64(number + 1)), user: UserKey(deed.user),
                    interaction: Interaction(
                        item: ItemKey(deed.item), type: EventTypeKey(deed.type),
                        strength: deed.strength, value: deed.value,
                        time: Timestamp(milliseconds: 0) + .seconds(deed.seconds)))
            })
    }

    /// The sequence numbers, from 1, of what the step leaves.
    private func kept(_ step: some PreprocessingStep, _ deeds: [Deed]) -> [Int64] {
        var log = log(deeds)
        _ = step.apply(to: &log)
        return log.keptIndices.map { log.events[$0].sequence.rawValue }.sorted()
    }

    @Test func ordersEventsByUserTimeAndSequence() {
        let log = log([
            Deed(user: 2, seconds: 1), Deed(user: 1, seconds: 5), Deed(user: 1, seconds: 3),
            Deed(user: 1, seconds: 3),
        ])
        #expect(log.events.map(\.sequence.rawValue) == [3, 4, 2, 1])
        #expect(log.users == [0..<3, 3..<4])
        #expect(PreprocessedLog([]).users.isEmpty)
    }

    @Test func leavesOutWhatIsOlderThanTheWindow() {
        let days = [0.0, 0.99, 1, 2]
        #expect(
            kept(TrainWindow(days: 1), days.map { Deed(seconds: $0 * Self.day) }) == [3, 4])
    }

    @Test func countsTheSameEventOnceInEachWindow() {
        #expect(
            kept(Duplicates(seconds: 1), [0, 0.5, 1, 1.5, 3, 3].map { Deed(seconds: $0) })
                == [1, 4, 5])
    }

    @Test func keepsAnEventThatDiffersInUserItemTypeOrValue() {
        let deeds = [
            Deed(), Deed(user: 2), Deed(item: 2), Deed(type: 2), Deed(value: 3), Deed(value: 4),
            Deed(value: 4),
        ]
        #expect(kept(Duplicates(seconds: 1), deeds) == [1, 2, 3, 4, 5, 6])
    }

    /// User 1 does four things within a little less than a day, user 2 within a whole one.
    @Test func leavesOutUsersWithTooManyEventsWithinAnyDay() {
        let deeds =
            [0, 0.8, 1.2, 1.5, 1.79].map {
                Deed(user: 1, item: Int32($0 * 10), seconds: $0 * Self.day)
            }
            + [0, 0.5, 0.9, 1].map { Deed(user: 2, seconds: $0 * Self.day) }
        var log = log(deeds)
        _ = Bots(maximumEventsPerDay: 3).apply(to: &log)
        #expect(log.bots == [UserKey(1)])
        #expect(log.keptIndices.map { log.events[$0].user.rawValue } == [2, 2, 2, 2])
    }

    /// Without user 3 item 3 has one event too few; without item 3 user 2 has.
    @Test func leavesOutUsersAndItemsWithFewEventsUntilNoneIsLeft() {
        var deeds: [Deed] = []
        for user in [1, 4, 5] as [Int64] {
            deeds += [Deed(user: user, item: 1), Deed(user: user, item: 2)]
        }
        let core = Array(1...Int64(deeds.count))
        deeds += [Deed(user: 2, item: 1), Deed(user: 2, item: 3), Deed(user: 3, item: 3)]
        #expect(kept(MinimumCounts(perUser: 2, perItem: 2), deeds) == core)
        #expect(kept(MinimumCounts(perUser: 1, perItem: 1), deeds).count == deeds.count)
        #expect(kept(MinimumCounts(perUser: 9, perItem: 1), deeds).isEmpty)
    }

    /// A chain of n users falls apart by two links a round: the rounds are bounded.
    @Test func endsAfterABoundedNumberOfRounds() {
        let count: Int64 = 1000
        let deeds = (0..<count).flatMap {
            [Deed(user: $0, item: Int32($0)), Deed(user: $0, item: Int32($0 + 1))]
        }
        let left = kept(MinimumCounts(perUser: 2, perItem: 2), deeds).count
        #expect(left > 0 && left < deeds.count)
    }

    @Test func halvesStrengthsWithAge() {
        var log = log([0, 10, 20].map { Deed(seconds: $0 * Self.day) })
        _ = TimeDecay(halfLifeDays: 10).apply(to: &log)
        #expect(log.weights == [0.25, 0.5, 1])
        _ = TimeDecay(halfLifeDays: 0.001).apply(to: &log)
        #expect(log.weights[0] > 0)
    }

    @Test func leavesOutItemsThatAreGoneOrThatNobodyLiked() {
        let deeds = [Deed(item: 1), Deed(item: 2, strength: -1), Deed(item: 3)]
        let names = [ItemKey(1): ItemID(stored: "a"), ItemKey(2): ItemID(stored: "b")]
        #expect(kept(DeletedItems(catalogue: names), deeds) == [1, 2])
        #expect(kept(UnlikedItems(), deeds) == [1, 3])
    }

    @Test func reportsWhatEachStepLeftOut() {
        var settings = PreprocessingSettings()
        settings.maximumEventsPerDay = 3
        settings.minimumEventsPerItem = 2
        settings.halfLifeDays = 30
        let bot = (0..<4).map { Deed(user: 9, item: Int32($0), seconds: Double(10 * $0)) }
        let people = [
            Deed(user: 1, item: 0), Deed(user: 1, item: 0, seconds: 0.5), Deed(user: 1, item: 8),
            Deed(user: 2, item: 0), Deed(user: 2, item: 7),
        ]
        var log = log(bot + people)
        let items = ([0, 1, 2, 3, 8] as [Int32]).map { (ItemKey($0), ItemID(stored: "i\($0)")) }
        let report = Preprocessing(settings: settings).run(
            on: &log, catalogue: Dictionary(uniqueKeysWithValues: items))
        #expect(report.log == .init(events: 9, users: 3, items: 6))
        #expect(
            report.steps.map(\.name) == [
                "deletedItems", "duplicates", "bots", "minimumCounts", "unlikedItems", "decay",
            ])
        #expect(
            report.steps.map(\.dropped) == [
                .init(events: 1, users: 0, items: 1), .init(events: 1, users: 0, items: 0),
                .init(events: 4, users: 1, items: 3), .init(events: 1, users: 0, items: 1),
                .init(), .init(),
            ])
        #expect(report.steps[1].reason == "the same event again within 1 seconds")
        #expect(report.kept == .init(events: 2, users: 2, items: 1))
    }

    /// What is on by default drops nothing that people do.
    @Test func leavesAnOrdinaryLogAsItIsByDefault() {
        let deeds = (0..<2000).map { Deed(item: Int32($0), seconds: Double($0)) }
        var log = log(deeds)
        let names = deeds.map { (ItemKey($0.item), ItemID(stored: "i\($0.item)")) }
        let report = Preprocessing(settings: .init()).run(
            on: &log, catalogue: Dictionary(uniqueKeysWithValues: names))
        #expect(report.kept == report.log)
        #expect(report.steps.map(\.dropped).allSatisfy { $0 == .init() })
    }
}
