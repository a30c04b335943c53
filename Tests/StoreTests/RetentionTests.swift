import Events
import Foundation
import Support
import Testing

@testable import Store

/// What leaves the log, when, and what still counts of it.
struct RetentionTests {
    /// The fixture's clock; events of the helper are from long before it.
    private static let now: Int64 = 1_700_000_000
    private static let day: Int64 = 86_400

    private let fixture: StoreFixture
    private let store: Store

    init() throws {
        fixture = try StoreFixture()
        store = try fixture.open()
    }

    /// An event so many days before the clock's time.
    private func event(
        _ id: String? = nil, _ type: String = "view", user: String = "u1", item: String,
        value: Double? = nil, daysAgo: Int64
    ) -> Event {
        Event(
            id: id, type: type, user: UserID(stored: user), item: ItemID(stored: item),
            value: value, time: Timestamp(milliseconds: (Self.now - daysAgo * Self.day) * 1000))
    }

    private func retention(
        _ type: String = "view", days: Double? = nil, events: Int? = nil, isFolded: Bool = true
    ) -> Retention {
        var rule = RetentionOptions.Rule()
        (rule.keptDays, rule.keptEvents, rule.isFolded) = (days, events, isFolded)
        var options = RetentionOptions()
        options.rules[type] = rule
        return Retention(store: store, options: options, clock: fixture.clock)
    }

    private func sequences(of user: String = "u1") async throws -> [Int64] {
        try await store.reader.events(of: UserID(stored: user), limit: 100)
            .map(\.sequence.rawValue)
    }

    private func folded(of user: String = "u1") async throws -> [FoldedEvents] {
        try await store.reader.read { snapshot in
            try snapshot.foldedEvents(of: UserID(stored: user), after: nil, limit: 100)
                .map(\.events)
        }
    }

    private func verify() async throws {
        try store.close()
        #expect(try StoreVerification.run(on: fixture.path).problems == [])
    }

    /// Whatever the last of the folded events says: the erasure takes back what the user's own gave.
    @Test(arguments: [[1.0, 1, 5], [5, 5, 1]])
    func anErasureTakesBackWhatWasPositive(ratings: [Double]) async throws {
        _ = try await store.append(
            ratings.map { event(nil, "rating", item: "a", value: $0, daysAgo: 40) }
                + [event(nil, "like", user: "u2", item: "a", daysAgo: 40)])
        try await retention("rating", days: 30).pass()
        #expect(try await folded().first?.count == 3)
        _ = try await store.deleteUser(UserID(stored: "u1"))
        let left = try await store.reader.read { try $0.popularity() }
        let score = try #require(left.first).count.log2Score
        let fresh = try StoreFixture()
        let other = try fresh.open()
        _ = try await other.append([event(nil, "like", user: "u2", item: "a", daysAgo: 40)])
        let expected = try await other.reader.read { try $0.popularity() }
        #expect(abs(score - (try #require(expected.first).count.log2Score)) < 1e-6)
        try other.close()
        try await verify()
    }

    @Test func foldsWhatIsOlderThanItsTypeIsKept() async throws {
        _ = try await store.append([
            event(item: "a", daysAgo: 40), event(item: "a", daysAgo: 31),
            event(item: "a", daysAgo: 29), event(nil, "purchase", item: "b", daysAgo: 40),
        ])
        let retention = retention(days: 30)
        try await retention.pass()
        #expect(try await sequences() == [4, 3])
        let rows = try await folded()
        #expect(rows.count == 1)
        #expect(rows.first?.count == 2)
        #expect(rows.first?.firstTime.milliseconds == (Self.now - 40 * Self.day) * 1000)
        #expect(rows.first?.lastTime.milliseconds == (Self.now - 31 * Self.day) * 1000)
        #expect(try await store.reader.statistics().events == 2)
        #expect(try await store.reader.statistics().foldedEvents == 2)
        fixture.clock.advance(by: .seconds(2 * Self.day))
        try await retention.pass()
        #expect(try await sequences() == [4])
        #expect(try await folded().first?.count == 3)
        #expect(store.retentionStatus.counts.folded == 3)
        #expect(store.retentionStatus.counts.passes == 2)
        try await verify()
    }

    @Test func keepsTheNewestOfAType() async throws {
        _ = try await store.append(
            (0..<10).map { event(item: "i\($0)", daysAgo: 1) }
                + [event(nil, "like", item: "x", daysAgo: 1)])
        try await retention(events: 3, isFolded: false).pass()
        #expect(try await sequences() == [11, 10, 9, 8])
        #expect(try await folded().isEmpty)
        #expect(store.retentionStatus.counts.dropped == 7)
        try await retention(events: 3, isFolded: false).pass()
        #expect(try await sequences() == [11, 10, 9, 8])
        try await verify()
    }

    @Test func aFoldedPurchaseStillHidesItsItem() async throws {
        _ = try await store.append([
            event(nil, "purchase", item: "bought", daysAgo: 400),
            event(nil, "purchase", item: "bought", daysAgo: 300),
            event(nil, "rating", item: "rated", value: 5, daysAgo: 350),
            event(nil, "rating", item: "rated", value: 1, daysAgo: 320),
            event(item: "new", daysAgo: 1),
        ])
        let before = try await history()
        try await retention("purchase", days: 30).pass()
        try await retention("rating", days: 30).pass()
        let after = try await history()
        // As the last of each kind, oldest first.
        #expect(after == [before[2], before[3], before[4]])
        #expect(after.map { $0.hasPrefix("seen") } == [true, true, false])
        #expect(after[0].contains("strength -1"))
        #expect(try await history(limit: 2) == Array(after.suffix(2)))
        try await retention(days: 0.5).pass()
        #expect(try await history() == after)
        let found = try await store.reader.history(of: UserID(stored: "u1"), limit: 1)
        #expect(found?.lastSequence == EventSequence(5))
        try await verify()
    }

    /// What is read of each event, in words: a value that is missing equals nothing.
    private func history(limit: Int = 10) async throws -> [String] {
        let found = try await store.reader.history(of: UserID(stored: "u1"), limit: limit)
        return (found?.interactions ?? []).map { event in
            "\(event.isSeen ? "seen" : "not seen") item \(event.item.rawValue) "
                + "type \(event.type.rawValue) strength \(event.strength) value \(event.value) "
                + "at \(event.time.milliseconds)"
        }
    }

    @Test func theTrainerReadsWhatWasFolded() async throws {
        _ = try await store.append([
            event(item: "a", daysAgo: 40), event(user: "u2", item: "b", daysAgo: 40),
            event(user: "u2", item: "b", daysAgo: 35), event(item: "a", daysAgo: 1),
        ])
        let log = try store.reader.logRange(after: .zero, through: EventSequence(9), limit: 9)
        try await retention(days: 30).pass()
        let first = try store.reader.foldedEvents(after: nil, limit: 1)
        let second = try store.reader.foldedEvents(after: first.last?.place, limit: 9)
        #expect((first + second).map(\.event.sequence) == [log[0].sequence, log[2].sequence])
        #expect((first + second).map(\.event.user) == [log[0].user, log[2].user])
        #expect(
            (first + second).map(\.event.interaction.time)
                == [log[0].interaction.time, log[2].interaction.time])
        #expect(try store.reader.foldedEvents(after: second.last?.place, limit: 9).isEmpty)
        try await verify()
    }

    /// Nobody reads an event twice, or not at all.
    @Test func waitsWhileTheLogIsRead() async throws {
        _ = try await store.append([event(item: "a", daysAgo: 40)])
        let pause = try await store.pauseRetention()
        let retention = retention(days: 30)
        let pass = Task { try await retention.pass() }
        try await Task.sleep(for: .milliseconds(100))
        #expect(try await sequences() == [1])
        pause.end()
        pause.end()
        try await pass.value
        #expect(try await sequences() == [])
        try await verify()
    }

    @Test func anIdStaysTakenWhenItsEventHasLeft() async throws {
        let first = event("e1", item: "a", daysAgo: 40)
        let second = event("e2", "click", item: "a", daysAgo: 40)
        _ = try await store.append([first, second])
        try await retention(days: 30).pass()
        try await retention("click", days: 30, isFolded: false).pass()
        let repeats = try await store.append([
            second, first, event("e1", item: "b", daysAgo: 40),
        ])
        #expect(
            repeats.verdicts == [
                .duplicate(EventSequence(2)), .duplicate(EventSequence(1)), .conflict,
            ])
        #expect(try await store.removeEvent(id: "e1") == nil)
        try await verify()
    }

    @Test func popularityKeepsWhatWasFoldedUntilItsUserIsErased() async throws {
        _ = try await store.append([
            event(nil, "like", item: "a", daysAgo: 40), event(nil, "like", item: "a", daysAgo: 35),
            event(nil, "like", user: "u2", item: "a", daysAgo: 1),
        ])
        let before = try await store.reader.popularity()
        try await retention("like", days: 30).pass()
        #expect(try await store.reader.popularity() == before)
        let erasure = try await store.deleteUser(UserID(stored: "u1"))
        #expect(erasure?.events == 0 && erasure?.foldedEvents == 2)
        #expect(try await store.reader.popularity().map(\.count.eventCount) == [1])
        #expect(try await store.reader.statistics().foldedEvents == 0)
        try await verify()
    }

    @Test func popularityIsReckonedAnewFromWhatWasFoldedToo() async throws {
        _ = try await store.append([
            event(nil, "like", item: "a", daysAgo: 40), event(nil, "like", item: "a", daysAgo: 35),
            event(nil, "like", item: "b", daysAgo: 1),
        ])
        try await retention("like", days: 30).pass()
        try store.close()
        var options = fixture.options()
        options.popularityHalfLifeDays = 3
        let next = try fixture.open(options)
        #expect(try await next.reader.popularity().map(\.count.eventCount) == [1, 2])
        try next.close()
    }

    /// Whoever keeps a history in memory hears that it changed.
    @Test func tellsWhoseEventsWereDropped() async throws {
        _ = try await store.append([
            event(item: "a", daysAgo: 40), event(user: "u2", item: "a", daysAgo: 1),
        ])
        await confirmation { told in
            store.observeUsers { users in
                #expect(users == [UserID(stored: "u1")])
                told()
            }
            _ = try? await retention(days: 30, isFolded: false).pass()
        }
        try await verify()
    }

    @Test func removesManyInSteps() async throws {
        for batch in 0..<6 {
            _ = try await store.append(
                (0..<2000).map {
                    event(user: "u\($0 % 50)", item: "i\($0 % 7)", daysAgo: Int64(40 - batch))
                })
        }
        try await retention(days: 37.5).pass()
        #expect(try await store.reader.statistics().events == 3 * 2000)
        #expect(try await store.reader.statistics().foldedEvents == 3 * 2000)
        try await verify()
    }
}
