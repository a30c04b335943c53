import Events
import Foundation
import Support
import Synchronization
import Testing

@testable import Store

/// Verdicts, orders and erasure.
struct EventLogTests {
    private let fixture: StoreFixture
    private let store: Store

    init() throws {
        fixture = try StoreFixture()
        store = try fixture.open()
    }

    @Test func numbersAcceptedEvents() async throws {
        let outcome = try await store.append([event("a"), event(), event("b", item: "i2")])
        #expect(outcome.sequences == [1, 2, 3])
        #expect(outcome.lastSequence == EventSequence(3))
        #expect(try await store.reader.statistics().events == 3)
        #expect(try await store.reader.statistics().users == 1)
        #expect(try await store.reader.statistics().items == 2)
        try store.close()
    }

    @Test func tellsARepeatFromAConflict() async throws {
        _ = try await store.append([event("a", value: 1, at: 5)])
        let outcome = try await store.append([
            event("a", value: 1, at: 5), event("a", value: 2, at: 5), event("a", value: 1),
            event("a", "like", value: 1, at: 5), event("b"),
        ])
        #expect(
            outcome.verdicts.dropLast() == [
                .duplicate(EventSequence(1)), .conflict, .conflict, .conflict,
            ])
        #expect(outcome.sequences == [2])
        try store.close()
    }

    @Test func findsRepeatsInsideOneBatch() async throws {
        let outcome = try await store.append([event("a"), event("a"), event("a", item: "i2")])
        #expect(outcome.verdicts.dropFirst() == [.duplicate(EventSequence(1)), .conflict])
        try store.close()
    }

    @Test func timeOfArrivalDoesNotMakeARepeatAConflict() async throws {
        _ = try await store.append([event("a")])
        fixture.clock.advance(by: .seconds(60))
        let outcome = try await store.append([event("a")])
        #expect(outcome.verdicts == [.duplicate(EventSequence(1))])
        try store.close()
    }

    @Test func everyFieldCountsTowardsAConflict() async throws {
        let full = Event(
            id: "a", type: "view", user: UserID(stored: "u"), item: ItemID(stored: "i"),
            value: 1, time: Timestamp(milliseconds: 1_600_000_000_000), recommendation: "r",
            session: "s", properties: "{}")
        _ = try await store.append([full])
        let changes: [(inout Event) -> Void] = [
            { $0.type = "like" }, { $0.user = UserID(stored: "v") },
            { $0.item = ItemID(stored: "j") }, { $0.value = nil }, { $0.time = nil },
            { $0.recommendation = nil }, { $0.session = "t" }, { $0.properties = nil },
            {
                $0.recommendation = "s"; $0.session = "r"
            },
        ]
        let variants = changes.map { change in
            var variant = full
            change(&variant)
            return variant
        }
        let outcome = try await store.append(variants + [full])
        #expect(outcome.verdicts.dropLast().allSatisfy { $0 == .conflict })
        #expect(outcome.verdicts.last == .duplicate(EventSequence(1)))
        try store.close()
    }

    @Test func aDryRunStoresNothing() async throws {
        _ = try await store.append([event("a")])
        let observed = Mutex(0)
        store.observeAppends { events in observed.withLock { $0 += events.count } }
        let outcome = try await store.judge(
            [event("a"), event("b", user: "new"), event("b", user: "new")])
        #expect(outcome.verdicts.first == .duplicate(EventSequence(1)))
        #expect(outcome.sequences == [2])
        #expect(try await store.reader.userKey(of: UserID(stored: "new")) == nil)
        #expect(try await store.reader.statistics().events == 1)
        #expect(observed.withLock { $0 } == 0)
        let real = try await store.append([event("b", user: "new")])
        #expect(real.sequences == [2])
        try store.close()
    }

    @Test func ordersAHistoryByTimeThenSequence() async throws {
        _ = try await store.append([
            event(item: "late", at: 30), event(item: "early", at: 10), event(item: "tie1", at: 20),
            event(item: "tie2", at: 20), event(user: "u2", item: "other", at: 15),
        ])
        let names = Dictionary(
            uniqueKeysWithValues: try await store.reader.itemDirectory().map {
                ($0.key, $0.id.rawValue)
            })
        let all = try #require(
            try await store.reader.history(of: UserID(stored: "u1"), limit: 10))
        #expect(all.interactions.map { names[$0.item] } == ["early", "tie1", "tie2", "late"])
        #expect(all.lastSequence == EventSequence(4))
        let newest = try await store.reader.history(of: UserID(stored: "u1"), limit: 2)
        #expect(newest?.interactions.map { names[$0.item] } == ["tie2", "late"])
        #expect(try await store.reader.history(of: UserID(stored: "nobody"), limit: 2) == nil)
        try store.close()
    }

    @Test func readsInteractionsThroughTheMeanings() async throws {
        _ = try await store.append([
            event(nil, "rating", item: "a", value: 5, at: 1),
            event(nil, "rating", item: "b", value: 2, at: 2), event(nil, "odd", item: "c", at: 3),
        ])
        try store.close()
        let meanings = EventMeanings(overriding: [
            "rating": EventMeaning(weight: 3, isSeen: false, positiveFrom: 2)
        ])
        for (meanings, strengths) in [(EventMeanings(), [1, -1, 1]), (meanings, [3, 3, 1])] {
            let store = try fixture.open(meanings: meanings)
            let history = try await store.reader.history(of: UserID(stored: "u1"), limit: 10)
            #expect(history?.interactions.map(\.strength) == strengths.map(Float.init))
            #expect(history?.interactions.map(\.value.isNaN) == [false, false, true])
            try store.close()
        }
    }

    @Test func listsEventsNewestFirstWithWhatWasSent() async throws {
        let sent = (1...5).map { event("e\($0)", user: "u1", item: "i\($0)", at: 100 - Int64($0)) }
        _ = try await store.append(sent)
        let user = UserID(stored: "u1")
        let first = try await store.reader.events(of: user, limit: 2)
        #expect(first.map(\.event) == [sent[4], sent[3]])
        let rest = try await store.reader.events(of: user, before: first.last?.sequence, limit: 9)
        #expect(rest.map(\.event) == [sent[2], sent[1], sent[0]])
        try store.close()
    }

    /// Some in statements of many rows, the rest in statements of one.
    @Test func storesEachFieldOfEachEventOfALargeBatch() async throws {
        let sent = (0..<75).map { number in
            var event = event(
                "e\(number)", number % 4 == 0 ? "like" : "view", user: "u\(number % 3)",
                item: "i\(number)", value: number % 5 == 0 ? nil : Double(number) / 2,
                at: Int64(number % 7))
            event.session = number % 3 == 0 ? nil : "s\(number)"
            event.recommendation = number % 4 == 0 ? nil : "r\(number)"
            event.properties = number % 2 == 0 ? nil : #"{"n":\#(number)}"#
            return event
        }
        #expect(try await store.append(sent).sequences == Array(1...75))
        var found: [EventRecord] = []
        for user in ["u0", "u1", "u2"] {
            found += try await store.reader.events(of: UserID(stored: user), limit: 100)
        }
        found.sort { $0.sequence < $1.sequence }
        #expect(found.map(\.event) == sent)
        #expect(found.map(\.sequence.rawValue) == Array(1...75))
        try store.close()
    }

    @Test func knownUsersKeepTheirKeysAmongNewOnes() async throws {
        let known = try await store.append((0..<20).map { event(user: "u\($0)") })
        try store.close()
        let again = try fixture.open()
        let mixed = try await again.append(
            (0..<40).map { event(user: $0 % 2 == 0 ? "new\($0)" : "u\($0 / 2)") })
        func keys(_ outcome: AppendOutcome, _ isIncluded: (StoredEvent) -> Bool) -> [UserKey] {
            outcome.verdicts.compactMap { verdict in
                guard case .accepted(let event) = verdict, isIncluded(event) else { return nil }
                return event.user
            }
        }
        let isKnown = { (event: StoredEvent) in event.userID.rawValue.hasPrefix("u") }
        #expect(keys(mixed, isKnown) == keys(known) { _ in true })
        #expect(Set(keys(mixed) { !isKnown($0) }).count == 20)
        #expect(try await again.reader.statistics().users == 40)
        try again.close()
    }

    @Test func aRemovedEventStaysRemovedWhenItIsSentAgain() async throws {
        _ = try await store.append([event("a"), event("b")])
        let removed = try await store.removeEvent(id: "b")
        #expect(removed?.sequence == EventSequence(2))
        #expect(removed?.userID == UserID(stored: "u1"))
        #expect(try await store.removeEvent(id: "b") == nil)
        #expect(try await store.removeEvent(id: "never sent") == nil)
        let outcome = try await store.append([event("b"), event("b", "like"), event("c")])
        #expect(outcome.verdicts.dropLast() == [.duplicate(EventSequence(2)), .conflict])
        #expect(outcome.sequences == [3])
        #expect(try await store.reader.statistics().events == 2)
        try store.close()
    }

    @Test func sequencesDoNotComeBackAfterAReopen() async throws {
        _ = try await store.append([event("a"), event("b")])
        _ = try await store.removeEvent(id: "b")
        try store.close()
        let reopened = try fixture.open()
        #expect(try await reopened.append([event("c")]).sequences == [3])
        try reopened.close()
    }

    @Test func deletingAUserErasesTheEventsAndKeepsTheHashes() async throws {
        _ = try await store.append([event("a"), event("b", user: "u2"), event("c", "like")])
        let erased = Mutex<[StoreErasure]>([])
        store.observeErasures { news in erased.withLock { $0 += news } }
        let user = UserID(stored: "u1")
        let key = try #require(try await store.reader.userKey(of: user))
        let cohort = try store.reader.userDirectory().first { $0.id == user }?.cohortHash
        #expect(try await store.deleteUser(user)?.events == 2)
        #expect(try await store.deleteUser(user) == nil)
        #expect(erased.withLock { $0.last } == .user(key, user))
        #expect(erased.withLock { $0.count } == 3, "two events, then the user")
        #expect(try await store.reader.events(of: user, limit: 10).isEmpty)
        #expect(try await store.reader.statistics().events == 1)
        #expect(try await store.reader.statistics().users == 1)
        let outcome = try await store.append([event("a"), event("d")])
        #expect(outcome.verdicts.first == .duplicate(EventSequence(1)))
        #expect(outcome.sequences == [4])
        let newKey = try #require(try await store.reader.userKey(of: user))
        #expect(newKey > key)
        #expect(try store.reader.userDirectory().first { $0.id == user }?.cohortHash == cohort)
        try store.close()
    }

    @Test func readsTheLogInRanges() async throws {
        _ = try await store.append((1...10).map { event("e\($0)", item: "i\($0)") })
        _ = try await store.removeEvent(id: "e4")
        let reader = store.reader
        let range = try reader.logRange(
            after: EventSequence(2), through: EventSequence(8), limit: 3)
        #expect(range.map(\.sequence.rawValue) == [3, 5, 6])
        let rest = try reader.logRange(
            after: EventSequence(6), through: EventSequence(8), limit: 100)
        #expect(rest.map(\.sequence.rawValue) == [7, 8])
        try store.close()
    }

    @Test func tellsObserversBeforeAppendReturns() async throws {
        let observed = Mutex<[StoredEvent]>([])
        store.observeAppends { events in observed.withLock { $0 += events } }
        let outcome = try await store.append([event("a"), event("a"), event("b", "like")])
        let seen = observed.withLock { $0 }
        #expect(seen.map(\.sequence.rawValue) == outcome.sequences)
        #expect(seen.map(\.interaction.isSeen) == [false, true])
        try store.close()
    }
}
