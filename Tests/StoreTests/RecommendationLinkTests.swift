import Events
import Foundation
import Support
import Testing

@testable import Store

/// Events that name the answer they came from: counted by source and by the item's place.
struct RecommendationLinkTests {
    private let fixture: StoreFixture
    private let store: Store
    private let vae = AnswerSource(
        route: .recommendations, policy: "model", model: "vae", version: 3)

    init() async throws {
        fixture = try StoreFixture()
        store = try fixture.open()
        _ = try await store.append("abc".map { event(user: "ann", item: String($0)) })
    }

    /// An answer with the items c, a.
    private func offer(_ source: AnswerSource? = nil) -> AnswerID {
        let id = AnswerID(at: fixture.clock.now())
        store.recommendationLog.offer(
            id, user: UserKey(1), source: source ?? vae, items: [ItemKey(3), ItemKey(1)])
        return id
    }

    private func click(_ item: String, from answer: String, id: String? = nil) -> Event {
        Event(
            id: id, type: "click", user: UserID(stored: "ann"), item: ItemID(stored: item),
            recommendation: answer)
    }

    private func sums() async throws -> RecommendationSums {
        try await store.reader.recommendationSums(since: 0)
    }

    /// Answers that are in the file, and some that the writer hasn't taken or written yet.
    @Test func countsBySourceAndPlace() async throws {
        let other = AnswerSource(
            route: .recommendations, policy: "model", model: "vae", version: 4)
        let first = offer()
        try await store.writeWaitingRecommendations()
        let second = offer()
        let third = offer(other)
        _ = try await store.append([
            click("c", from: first.text), click("c", from: second.text),
            click("a", from: second.text), click("b", from: second.text),
            click("new", from: third.text), click("a", from: third.text),
        ])
        #expect(try await sums().bySource[vae]?.events == ["click": [1: 2, 2: 1, 0: 1]])
        #expect(try await sums().bySource[other]?.events == ["click": [2: 1, 0: 1]])
        try await store.writeWaitingRecommendations()
        _ = try await store.append([click("c", from: third.text)])
        #expect(try await sums().bySource[other]?.events == ["click": [1: 1, 2: 1, 0: 1]])
        #expect(try await sums().bySource[vae]?.answersByLength == [2: 2])
        #expect(try await sums().unknownLinks.isEmpty)
        try store.close()
    }

    @Test func countsUnknownLinksAndTakesTheEvent() async throws {
        let id = offer()
        let forged = AnswerID(number: id.number, nonce: id.nonce ^ 1)
        let events = ["r-1", "", forged.text, AnswerID(at: fixture.clock.now()).text].map {
            click("a", from: $0)
        }
        #expect(try await store.append(events).sequences == [4, 5, 6, 7])
        #expect(try await sums().unknownLinks == ["click": 4])
        try await store.writeWaitingRecommendations()
        _ = try await store.append([click("a", from: forged.text)])
        #expect(try await sums().unknownLinks == ["click": 5])
        #expect(try await sums().bySource[vae]?.events == [:])
        try store.close()
    }

    @Test func countsAnEventOnceAndNoRehearsal() async throws {
        let id = offer()
        let event = click("a", from: id.text, id: "e-1")
        _ = try await store.judge([event])
        #expect(try await sums().bySource.values.allSatisfy(\.events.isEmpty))
        _ = try await store.append([event, event])
        _ = try await store.append([event])
        #expect(try await sums().bySource[vae]?.events == ["click": [2: 1]])
        try store.close()
    }

    /// What was learnt of a source in a transaction that was rolled back isn't believed.
    @Test func countsNothingOfATransactionThatFailed() async throws {
        struct Refused: Error {}
        let id = offer()
        let events = [click("a", from: id.text)]
        await #expect(throws: Refused.self) {
            try await store.write("fail") { connection in
                _ = try connection.append(events, digests: [nil])
                throw Refused()
            }
        }
        #expect(try await sums().bySource.values.allSatisfy(\.events.isEmpty))
        _ = try await store.append(events)
        #expect(try await sums().bySource[vae]?.events == ["click": [2: 1]])
        try store.close()
    }

    @Test func readsOnlyTheDaysThatAreAskedFor() async throws {
        _ = offer()
        try await store.writeWaitingRecommendations()
        let day = fixture.clock.now().day
        #expect(
            try await store.reader.recommendationSums(since: day).bySource[vae]?.answersByLength
                == [2: 1])
        #expect(try await store.reader.recommendationSums(since: day + 1).bySource.isEmpty)
        try store.close()
    }

    @Test func countsNoLinkToAnAnswerOutsideOfTheSample() async throws {
        try store.close()
        var options = fixture.options()
        options.recommendationLog.samplingRate = 0.5
        let store = try fixture.open(options)
        let number = AnswerID.number(at: fixture.clock.now())
        let events = [UInt64(1), .max].map {
            click("a", from: AnswerID(number: number, nonce: $0).text)
        }
        _ = try await store.append(events)
        #expect(
            try await store.reader.recommendationSums(since: 0).unknownLinks == ["click": 1])
        try store.close()
    }
}
