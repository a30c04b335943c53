import Events
import Foundation
import GRDB
import Support
import Testing

@testable import Store

/// What was recommended, logged beside the events: everything of it, within bounds, and gone with
/// the person.
struct RecommendationLogTests {
    private let fixture: StoreFixture
    private let vae = AnswerSource(
        route: .recommendations, policy: "model", model: "vae", version: 3)
    private let popular = AnswerSource(route: .similar, policy: "fallback:popular")

    init() throws { fixture = try StoreFixture() }

    private func store(
        _ change: (inout RecommendationLogOptions) -> Void = { _ in }
    ) async throws -> Store {
        var options = fixture.options()
        change(&options.recommendationLog)
        let store = try fixture.open(options)
        _ = try await store.append([
            event(user: "ann", item: "a"), event(user: "bob", item: "b"), event(item: "c"),
        ])
        return store
    }

    /// Users and items have the keys 1, 2, 3, in the order in which they came.
    @discardableResult
    private func offer(
        to store: Store, user: Int64? = 1, _ source: AnswerSource? = nil, _ items: [Int32] = [3, 1]
    ) -> AnswerID {
        let id = AnswerID(at: fixture.clock.now())
        store.recommendationLog.offer(
            id, user: user.map(UserKey.init), source: source ?? vae, items: items.map(ItemKey.init))
        return id
    }

    private func given(_ store: Store, to user: String = "ann") async throws -> [GivenAnswer] {
        try await store.writeWaitingRecommendations()
        return try await store.reader.recommendations(of: UserID(stored: user), limit: 100)
    }

    private func kept(_ store: Store) async throws -> Int {
        try await store.reader.recommendationSums(since: 0).kept
    }

    // MARK: - What is kept

    @Test func keepsWhatWasShownToWhomByWhat() async throws {
        let store = try await store()
        let first = offer(to: store)
        fixture.clock.advance(by: .seconds(5))
        let second = offer(to: store, popular, [2])
        offer(to: store, user: 2)
        offer(to: store, user: nil, vae, [])
        let answers = try await given(store)
        #expect(
            answers == [
                GivenAnswer(id: second, source: popular, items: [ItemID(stored: "b")]),
                GivenAnswer(
                    id: first, source: vae, items: [ItemID(stored: "c"), ItemID(stored: "a")]),
            ])
        #expect(answers[0].id.time - answers[1].id.time == .seconds(5))
        let older = try await store.reader.recommendations(
            of: UserID(stored: "ann"), before: second, limit: 1)
        #expect(older.map(\.id) == [first])
        #expect(try await kept(store) == 4)
        #expect(store.recommendationLog.counts == .init())
        try store.close()
    }

    /// Nobody asks for it: the writer's thread does it by itself, also where none of the answers is
    /// worth a hurry.
    @Test func isWrittenWithoutBeingAskedFor() async throws {
        let store = try await store()
        for _ in 0..<3 { offer(to: store) }
        while store.recommendationLog.counts.waiting > 0 {
            try await Task.sleep(for: .milliseconds(5))
        }
        #expect(try await kept(store) == 3)
        for _ in 0..<3_500 { offer(to: store) }
        while store.recommendationLog.counts.waiting > 0 {
            try await Task.sleep(for: .milliseconds(5))
        }
        #expect(try await kept(store) == 3_503)
        try store.close()
    }

    @Test func countsWhatDoesNotFitAndGoesOn() async throws {
        let store = try await store { $0.queueCapacity = 2 }
        let (entered, gate) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        async let held: Void = store.write("hold") { _ in
            entered.signal()
            gate.wait()
        }
        // From now on the writer takes nothing, until the gate opens.
        while entered.wait(timeout: .now()) == .timedOut { await Task.yield() }
        for _ in 0..<5 { offer(to: store) }
        #expect(store.recommendationLog.counts == .init(waiting: 2, dropped: 3))
        gate.signal()
        try await held
        #expect(try await given(store).count == 2)
        offer(to: store)
        #expect(try await given(store).count == 3)
        #expect(store.recommendationLog.counts == .init(dropped: 3))
        try store.close()
    }

    /// The clock was set back, or the service began anew within a millisecond.
    @Test func countsWhatHasTheNumberOfAnother() async throws {
        let store = try await store()
        let id = AnswerID(at: fixture.clock.now())
        func offerAgain(to user: Int64?, nonce: UInt64) {
            store.recommendationLog.offer(
                AnswerID(number: id.number, nonce: nonce), user: user.map(UserKey.init),
                source: vae, items: [])
        }
        offerAgain(to: 1, nonce: 1)
        offerAgain(to: 2, nonce: 2)
        #expect(try await given(store).map(\.id.nonce) == [1])
        offerAgain(to: nil, nonce: 3)
        offerAgain(to: 99, nonce: 4)
        #expect(try await given(store, to: "bob").isEmpty)
        #expect(store.recommendationLog.counts == .init(dropped: 2))
        #expect(try await kept(store) == 1)
        let sums = try await store.reader.recommendationSums(since: 0)
        #expect(sums.bySource[vae]?.answersByLength == [0: 1])
        try store.close()
    }

    @Test func logsTheShareThatIsConfigured() async throws {
        let none = RecommendationLog(.with { $0.samplingRate = 0 })
        let some = RecommendationLog(.with { $0.samplingRate = 0.25 })
        for _ in 0..<4000 {
            let id = AnswerID(at: fixture.clock.now())
            for log in [none, some] { log.offer(id, user: nil, source: vae, items: []) }
        }
        #expect(none.counts == .init())
        // Six standard deviations of a binomial distribution.
        #expect(abs(some.counts.waiting - 1000) < 165)
        #expect(some.counts.dropped == 0)
    }

    @Test func outlivesTheProcess() async throws {
        let first = try await store()
        let id = offer(to: first)
        try first.close()
        let second = try fixture.open()
        #expect(try await given(second).map(\.id) == [id])
        offer(to: second)
        #expect(try await given(second).count == 2)
        #expect(try await kept(second) == 2)
        try second.close()
    }

    // MARK: - What goes

    @Test func goesWithTheUserAlsoWhileItWaits() async throws {
        let store = try await store()
        offer(to: store)
        offer(to: store, user: 2)
        #expect(try await given(store).count == 1)
        offer(to: store)
        #expect(try await store.deleteUser(UserID(stored: "ann")) != nil)
        offer(to: store)
        _ = try await store.append([event(user: "ann", item: "a")])
        #expect(try await given(store).isEmpty)
        #expect(try await given(store, to: "bob").count == 1)
        #expect(try await kept(store) == 1)
        let rows = try await store.write("count") { connection in
            try Int.fetchOne(connection.db, sql: "SELECT count(*) FROM recommendations")
        }
        #expect(rows == 1)
        try store.close()
    }

    @Test func theOldestGoFirst() async throws {
        let store = try await store { $0.keptAnswers = 3 }
        var ids: [AnswerID] = []
        for _ in 0..<5 {
            ids.append(offer(to: store))
            fixture.clock.advance(by: .seconds(1))
        }
        #expect(try await given(store).map(\.id) == ids[2...].reversed())
        #expect(try await kept(store) == 3)
        try store.close()
    }

    @Test func whatIsTooOldGoesWithoutAnAnswerThatComes() async throws {
        let store = try await store { $0.keptDays = 30 }
        offer(to: store)
        fixture.clock.advance(by: .seconds(86_400))
        let second = offer(to: store)
        #expect(try await given(store).count == 2)
        fixture.clock.advance(by: .seconds(29 * 86_400 + 1))
        while try await kept(store) > 1 { try await Task.sleep(for: .milliseconds(5)) }
        #expect(try await given(store).map(\.id) == [second])
        let sums = try await store.reader.recommendationSums(since: 0)
        #expect(sums.bySource[vae]?.answersByLength == [2: 2])
        fixture.clock.advance(by: .seconds(90 * 86_400))
        while try await !store.reader.recommendationSums(since: 0).bySource.isEmpty {
            try await Task.sleep(for: .milliseconds(5))
        }
        try store.close()
    }

    /// A transaction that fails takes nothing away, and the store goes on.
    @Test func waitsOnWhereItCannotBeWritten() async throws {
        let store = try await store()
        try await store.write("break") {
            try $0.db.execute(sql: "ALTER TABLE recommendations RENAME TO elsewhere")
        }
        let id = offer(to: store)
        while store.recommendationLog.counts.failedWrites == 0 {
            try await Task.sleep(for: .milliseconds(5))
        }
        #expect(store.recommendationLog.counts.waiting == 1)
        #expect(try await store.append([event(user: "ann", item: "a")]).sequences == [4])
        try await store.write("mend") {
            try $0.db.execute(sql: "ALTER TABLE elsewhere RENAME TO recommendations")
        }
        #expect(try await given(store).map(\.id) == [id])
        try store.close()
    }
}

extension RecommendationLogOptions {
    fileprivate static func with(_ change: (inout Self) -> Void) -> Self {
        var options = Self()
        change(&options)
        return options
    }
}
