import Events
import Foundation
import GRDB
import Support
import Synchronization
import Testing

@testable import Store

/// What is left of a person in the files, byte by byte.
struct ErasureTests {
    private let fixture: StoreFixture
    private let store: Store
    private let user = UserID(stored: "person-7f3a-of-interest")

    init() throws {
        fixture = try StoreFixture()
        store = try fixture.open()
    }

    /// Which of the person's words are in the database file or its write-ahead log.
    private func found() throws -> [String] {
        let files = ["", "-wal", "-journal"].map { fixture.path + $0 }
        let bytes = try files.filter { FileManager.default.fileExists(atPath: $0) }
            .map { try Data(contentsOf: URL(fileURLWithPath: $0)) }
        let words = [
            user.rawValue, "attribute-9b1e", "property-33d0", "session-c0de", "event-id-51aa",
        ]
        return words.filter { word in bytes.contains { $0.range(of: Data(word.utf8)) != nil } }
    }

    /// The person among others, with long and short rows and new attributes more than once.
    private func writeEvents() async throws {
        for number in 0..<5 {
            let attributes =
                #"{"x":"attribute-9b1e\#(String(repeating: "y", count: 900 * number))"}"#
            _ = try await store.putUsers([UserProfile(id: user, attributes: attributes)])
            let others = (0..<200).map { event("o\(number)-\($0)", user: "other\($0)") }
            let own = (0..<40).map { place in
                Event(
                    id: "event-id-51aa-\(number)-\(place)", type: "view", user: user,
                    item: ItemID(stored: "i\(place)"), session: "session-c0de",
                    properties:
                        #"{"p":"property-33d0\#(String(repeating: "z", count: 300 * place))"}"#)
            }
            _ = try await store.append(others + own)
        }
        let key = try await store.reader.userKey(of: user)
        store.recommendationLog.offer(
            AnswerID(at: fixture.clock.now()), user: key,
            source: AnswerSource(route: .recommendations, policy: "model"), items: [])
        try await store.writeWaitingRecommendations()
    }

    @Test func nothingIsLeftInTheFiles() async throws {
        try await writeEvents()
        #expect(try found().count == 5)
        let receipt = try #require(try await store.deleteUser(user))
        #expect(receipt.events == 200 && receipt.recommendations == 1)
        #expect(try await store.tracesAreGone(within: .seconds(10)))
        #expect(try found() == [])
        #expect(try await store.reader.statistics().events == 1000)
        try store.close()
        #expect(try StoreVerification.run(on: fixture.path).problems == [])
    }

    /// Of a user with many events each transaction takes out so many, and the receipt counts all.
    @Test(arguments: [-1, 0, 1, 1300])
    func takesManyEventsOutStepByStep(more: Int) async throws {
        let steps = Mutex<[Int]>([])
        store.observeErasures { gone in steps.withLock { $0.append(gone.count) } }
        let count = Store.erasedAtOnce + more
        _ = try await store.append((0..<count).map { event("own\($0)", user: user.rawValue) })
        _ = try await store.append((0..<10).map { event("o\($0)", user: "other") })
        #expect(try await store.deleteUser(user)?.events == count)
        // The user is gone with the last of them.
        let last = more > 0 ? [Store.erasedAtOnce, more + 1] : [count + 1]
        #expect(steps.withLock { $0 } == (more > 1000 ? [1000, 1000, 301] : last))
        #expect(try await store.reader.statistics().events == 10)
        #expect(try await store.reader.events(of: user, limit: 10).isEmpty)
        #expect(try await store.tracesAreGone(within: .seconds(5)))
        try store.close()
        #expect(try StoreVerification.run(on: fixture.path).problems == [])
    }

    /// What is kept beside the events is taken out step by step too.
    @Test func takesManyAnswersAndFoldedEventsOutStepByStep() async throws {
        let (count, limit) = (Store.erasedAtOnce + 300, Store.erasedAtOnce)
        _ = try await store.append([event("own", user: user.rawValue)])
        let key = try #require(try await store.reader.userKey(of: user))
        for _ in 0..<count {
            store.recommendationLog.offer(
                AnswerID(at: fixture.clock.now()), user: key,
                source: AnswerSource(route: .recommendations, policy: "model"), items: [])
        }
        try await store.write("fold") { connection in
            for number in 0..<count {
                let item = try connection.itemKey(
                    of: ItemID(stored: "i\(number)"), createdAt: connection.clock.now())
                try connection.db.execute(
                    sql: """
                        INSERT INTO folded_events
                            (user, item, type, count, first_time, last_time, last_sequence, positive)
                        VALUES (?, ?, 1, 2, 0, 0, 0, 2)
                        """, arguments: [key.rawValue, item.rawValue])
                connection.pending.foldedCount += 2
            }
        }
        let steps = Mutex<[Int]>([])
        store.observeErasures { gone in steps.withLock { $0.append(gone.count) } }
        let receipt = try #require(try await store.deleteUser(user))
        #expect(receipt.foldedEvents == 2 * count && receipt.recommendations == count)
        #expect(steps.withLock { $0 } == [limit, 300 + 2])  // the last event and the user
        try store.close()
        #expect(try StoreVerification.run(on: fixture.path).problems == [])
    }

    /// So many of the user's events, as an erasure that came no further.
    private func erase(_ count: Int) async throws {
        let (user, reader) = (user, store.reader)
        let found = try #require(await reader.read { try $0.eventNumbers(of: user) })
        try await store.write("as far as it came") {
            try $0.erase(
                found.numbers.prefix(count), of: found.user, user, retraining: ["ease"])
        }
    }

    /// Killed between two of its transactions, an erasure comes to its end with the next start.
    @Test(arguments: [1, 2])
    func aNewStartFinishesWhatWasBegun(steps: Int) async throws {
        let count = 3 * Store.erasedAtOnce
        _ = try await store.append((0..<count).map { event("own\($0)", user: user.rawValue) })
        _ = try await store.append([event("other", user: "other")])
        try await erase(steps * Store.erasedAtOnce)
        #expect(try await store.reader.statistics().events > 1)
        try store.close()

        let next = try fixture.open()
        #expect(try await next.reader.user(user) == nil)
        #expect(try await next.reader.statistics().events == 1)
        #expect(try await next.tracesAreGone(within: .seconds(10)))
        #expect(try await next.append([event("own7", user: "other")]).verdicts == [.conflict])
        try next.close()
        #expect(try StoreVerification.run(on: fixture.path).problems == [])
    }

    /// One that failed in between is gone on with, for the models of both, and its receipt counts all.
    @Test func aRepetitionFinishesWhatWasBegun() async throws {
        let count = 2 * Store.erasedAtOnce + 1
        _ = try await store.append((0..<count).map { event("own\($0)", user: user.rawValue) })
        try await erase(Store.erasedAtOnce)
        // They came while it went on.
        let late = (0..<3 * Store.erasedAtOnce).map { event("late\($0)", user: user.rawValue) }
        _ = try await store.append(late)
        let begun = try await store.write("look") { try $0.db.begunErasure(of: UserKey(1)) }
        #expect(begun?.models == ["ease"] && begun?.events == Store.erasedAtOnce)
        #expect(try await store.deleteUser(user)?.events == count + late.count)
        #expect(try await store.deleteUser(user) == nil)
        try store.close()
        #expect(try StoreVerification.run(on: fixture.path).problems == [])
    }

    @Test func goesOnTryingWhileAReaderHoldsTheLog() async throws {
        try await writeEvents()
        var configuration = Configuration()
        configuration.readonly = true
        configuration.allowsUnsafeTransactions = true
        let reader = try DatabaseQueue(path: fixture.path, configuration: configuration)
        try await reader.writeWithoutTransaction { db in
            try db.execute(sql: "BEGIN")
            _ = try Int.fetchOne(db, sql: "SELECT count(*) FROM events")
        }
        _ = try await store.deleteUser(user)
        #expect(try await !store.tracesAreGone(within: .milliseconds(50)))
        #expect(try found().count == 5)
        // Nobody waits for it.
        #expect(try await store.append([event("next")]).sequences == [1201])
        try await reader.writeWithoutTransaction { try $0.execute(sql: "COMMIT") }
        #expect(try await store.tracesAreGone(within: .seconds(30)))
        #expect(try found() == [])
        try store.close()
    }

    @Test func aNewStartTakesUpWhatAnErasureLeft() async throws {
        try await writeEvents()
        _ = try await store.deleteUser(user)
        _ = try await store.tracesAreGone(within: .seconds(10))
        try await store.write("as if it had ended in between") { try $0.db.setCounter("traces", 1) }
        try store.close()
        let next = try fixture.open()
        #expect(next.holdsErasedTraces)
        #expect(try await next.tracesAreGone(within: .seconds(10)))
        try next.close()
    }

    @Test func aPersonMayComeBackAsSomebodyNew() async throws {
        try await writeEvents()
        let before = try #require(try await store.reader.userKey(of: user))
        _ = try await store.deleteUser(user)
        let again = Event(
            id: "event-id-51aa-0-0", type: "view", user: user, item: ItemID(stored: "i0"),
            session: "session-c0de", properties: #"{"p":"property-33d0"}"#)
        #expect(try await store.append([again]).verdicts == [.duplicate(EventSequence(201))])
        var new = again
        new.id = "new"
        #expect(try await store.append([new]).sequences == [1201])
        #expect(try #require(try await store.reader.userKey(of: user)) > before)
        #expect(try await store.reader.user(user)?.attributes == nil)
        #expect(try await store.reader.history(of: user, limit: 9)?.interactions.count == 1)
        try store.close()
    }

    /// Also an event of another user: an id is taken for good.
    @Test func theIDOfAnErasedEventStaysTaken() async throws {
        try await writeEvents()
        _ = try await store.deleteUser(user)
        let stolen = event("event-id-51aa-0-1", user: "other1")
        #expect(try await store.append([stolen]).verdicts == [.conflict])
        try store.close()
    }

    @Test func theTrainingThatAnErasureAskedForSurvivesAStop() async throws {
        let begun = try await store.write("queue") { connection in
            try connection.db.insertJob(
                kind: JobRecord.erasure, models: ["ease"], mode: .full, force: false,
                at: connection.clock.now())
        }
        _ = try await store.updateJob(begun.id) { $0.state = .running }
        _ = try await store.enqueueJob(models: ["vae"])
        #expect(try await store.failUnfinishedJobs(reason: "stopped") == 1)
        #expect(try await store.reader.job(begun.id)?.state == .queued)
        try store.close()
    }
}
