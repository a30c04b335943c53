import Events
import Support
import Testing

@testable import Serving
@testable import Store

@Suite struct PopularItemsTests {
    private static let day = 86_400
    private let popular = PopularItems(halfLifeDays: 10)

    @Test func countsAnEventHalfAfterAHalfLife() {
        popular.add([.make(1, item: 0), .make(2, item: 1, seconds: 10 * Self.day)])
        let snapshot = popular.snapshot()
        #expect(abs(snapshot.score(of: ItemKey(0)) - 0.5) < 1e-9)
        #expect(abs(snapshot.score(of: ItemKey(1)) - 1) < 1e-9)
        #expect(snapshot.log2Scores[1] > snapshot.log2Scores[0])
    }

    /// A late event is as old as it is, and doesn't turn the clock back.
    @Test func countsFromTheNewestEventWhateverTheOrder() {
        popular.add([.make(1, item: 0, seconds: 20 * Self.day)])
        popular.add([.make(2, item: 0)])
        #expect(abs(popular.snapshot().score(of: ItemKey(0)) - 1.25) < 1e-9)
    }

    @Test func ignoresNegativeEventsButNotTheirTime() {
        popular.add([.make(1, item: 0), .make(2, item: 1, seconds: 10 * Self.day, strength: -1)])
        let snapshot = popular.snapshot()
        #expect(abs(snapshot.score(of: ItemKey(0)) - 0.5) < 1e-9)
        #expect(snapshot.log2Scores.count == 1)
    }

    @Test func takesAnErasedEventBack() {
        let events: [StoredEvent] = [
            .make(1, item: 0), .make(2, item: 0, seconds: Self.day), .make(3, item: 1, seconds: 5),
        ]
        popular.add(events)
        popular.remove(events[0])
        popular.remove(events[2])
        let snapshot = popular.snapshot()
        #expect(abs(snapshot.score(of: ItemKey(0)) - 1) < 1e-9)
        #expect(snapshot.log2Scores[1] == -.infinity)
        popular.remove(.make(9, item: 1, strength: -1))
        #expect(popular.snapshot().log2Scores[1] == -.infinity)
    }

    @Test func startsFromTheStoresOwnCounts() {
        var count = DecayedCount()
        let halfLife = HalfLife(days: 10)
        count.add(.after(0), halfLife: halfLife)
        popular.load(
            [ItemPopularity(item: ItemKey(2), count: count, score: 1)],
            newest: .after(10 * Self.day))
        #expect(abs(popular.snapshot().score(of: ItemKey(2)) - 0.5) < 1e-9)
        #expect(popular.snapshot().log2Scores[0] == -.infinity)
    }
}
