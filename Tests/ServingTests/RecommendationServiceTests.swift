import Events
import Store
import Support
import TestSupport
import Testing

@testable import Serving

@Suite struct RecommendationServiceTests {
    private let database: TemporaryStore
    private let service: RecommendationService
    private let ann = UserID(stored: "ann")

    init() throws {
        database = try TemporaryStore()
        service = RecommendationService(
            reader: database.store.reader, options: ServingOptions(), meanings: EventMeanings(),
            modelNames: ["vae"], clock: database.clock)
    }

    private func items(for user: UserID) async throws -> [String] {
        try await service.answer(RecommendationQuery(user: user)).items.map(\.id.rawValue)
    }

    @Test func startsFromWhatTheStoreHolds() async throws {
        try await database.store.append([
            ("ann", "like", "a"), ("bob", "like", "b"), ("bob", "view", "a"),
        ])
        try await service.start(following: database.store)
        #expect(service.items.count == 2)
        #expect(try await items(for: ann) == ["b"])
        let answer = try await service.answer(RecommendationQuery(user: ann))
        #expect(answer.watermark == EventSequence(1))
    }

    @Test func countsAnEventInTheVeryNextAnswer() async throws {
        try await service.start(following: database.store)
        #expect(service.answerNow(RecommendationQuery(user: ann)) == nil)
        #expect(try await items(for: ann) == [])
        try await database.store.append([("bob", "like", "a"), ("bob", "like", "b")])
        #expect(try await items(for: ann) == ["b", "a"])
        try await database.store.append([("ann", "like", "b")])
        let answer = try #require(service.answerNow(RecommendationQuery(user: ann)))
        #expect(answer.items.map(\.id.rawValue) == ["a"])
        #expect(answer.watermark == EventSequence(3))
    }

    @Test func answersAVisitorWithoutAnyState() async throws {
        try await service.start(following: database.store)
        #expect(service.answerNow(RecommendationQuery())?.items.isEmpty == true)
    }

    @Test func hidesAnItemFromTheNextAnswerOn() async throws {
        try await service.start(following: database.store)
        try await database.store.append([("bob", "view", "a"), ("bob", "view", "b")])
        _ = try await database.store.putItems([Item(id: ItemID(stored: "a"), isAvailable: false)])
        #expect(try await items(for: ann) == ["b"])
        _ = try await database.store.deleteItem(ItemID(stored: "b"))
        #expect(try await items(for: ann) == [])
    }

    @Test func forgetsAnErasedEventAndAnErasedUser() async throws {
        try await service.start(following: database.store)
        _ = try await database.store.append([
            Event(id: "e", type: "like", user: ann, item: ItemID(stored: "a")),
            Event(type: "like", user: ann, item: ItemID(stored: "b")),
        ])
        #expect(try await items(for: ann) == [])
        _ = try await database.store.removeEvent(id: "e")
        #expect(try await items(for: ann) == ["a"])
        #expect(service.popular.snapshot().log2Scores.first == -.infinity)
        _ = try await database.store.deleteUser(ann)
        let answer = try await service.answer(RecommendationQuery(user: ann))
        #expect(Set(answer.items.map(\.id.rawValue)) == ["a", "b"])
        #expect(answer.watermark == nil)
    }

    /// Posted and taken back before the store's writer got to either: both may share a commit.
    @Test func forgetsAnEventThatCameAndWentAtOnce() async throws {
        try await service.start(following: database.store)
        for round in 0..<50 {
            let id = "e\(round)"
            let event = Event(id: id, type: "like", user: ann, item: ItemID(stored: "a"))
            async let appended = database.store.append([event])
            async let removed = database.store.removeEvent(id: id)
            _ = try await (appended, removed)
            _ = try await database.store.removeEvent(id: id)
            #expect(service.popular.snapshot().log2Scores.first == -.infinity)
            #expect(try await service.users.state(of: ann).interactions.isEmpty)
        }
    }
}
