import Events
import Recommenders
import Store
import Support
import TestSupport
import Testing

@testable import Serving

/// Ann and Bob, items a to d, and a model that says how often it encoded.
@Suite struct KeptEncodingsTests {
    private let database: TemporaryStore
    private let service: RecommendationService
    private let ann = UserID(stored: "ann")
    private let model = CountingEncoder(itemCount: 4)

    init() async throws {
        database = try TemporaryStore()
        service = RecommendationService(
            reader: database.store.reader, options: ServingOptions(), meanings: EventMeanings(),
            modelNames: ["vae", "other"], clock: database.clock)
        try await service.start(following: database.store)
        for item in ["a", "b", "c", "d"] { try await view("bob", item) }
        for item in ["b", "c"] { try await view("ann", item) }
        database.clock.advance(by: .seconds(60))
        serve(model)
    }

    /// Ann or Bob looks at something, later than at everything before.
    private func view(_ user: String, _ item: String, id: String? = nil) async throws {
        database.clock.advance(by: .seconds(60))
        _ = try await database.store.append([
            Event(
                id: id, type: "view", user: UserID(stored: user), item: ItemID(stored: item),
                time: database.clock.now())
        ])
    }

    private func serve(
        _ recommender: any Recommender, name: String = "vae", deployment: Int64 = 1
    ) {
        service.slots.swap(
            in: ServedModel(
                name: name, version: 1, recommender: recommender,
                items: (0..<recommender.itemCount).map { ItemKey(Int32($0 + 1)) }),
            for: .make(deployment, version: 1))
    }

    private func answer(
        _ query: RecommendationQuery = RecommendationQuery(user: UserID(stored: "ann"), k: 2)
    ) async throws -> String {
        let items = try await service.answer(query).items
        return items.map { "\($0.id.rawValue)\(Int($0.score))" }.joined(separator: " ")
    }

    @Test func encodesOnceWhileNothingIsNew() async throws {
        for _ in 0..<3 { #expect(try await answer() == "c2 b1") }
        let other = RecommendationQuery(
            user: ann, k: 1, exclude: [ItemID(stored: "c")], excludeSeen: false)
        #expect(try await answer(other) == "b1")
        #expect(model.encodeCount == 1)
        _ = try await answer(RecommendationQuery(user: UserID(stored: "bob")))
        #expect(model.encodeCount == 2)
    }

    @Test func encodesAgainAfterAnEvent() async throws {
        #expect(try await answer() == "c2 b1")
        try await view("ann", "d")
        #expect(try await answer() == "d3 c2")
        #expect(try await answer() == "d3 c2")
        #expect(model.encodeCount == 2)
    }

    /// The user's watermark is the same before and after.
    @Test func encodesAgainAfterAnEventWasTakenBack() async throws {
        try await view("ann", "d", id: "e")
        try await view("ann", "a")
        #expect(try await answer() == "a4 d3")
        let before = try await service.users.state(of: ann).watermark
        _ = try await database.store.removeEvent(id: "e")
        #expect(try await answer() == "a3 c2")
        #expect(try await service.users.state(of: ann).watermark == before)
        #expect(model.encodeCount == 2)
    }

    /// The same version once more: meanwhile the catalogue may have changed what it reads.
    @Test func encodesAgainForAnotherLoadOfTheModel() async throws {
        #expect(try await answer() == "c2 b1")
        let second = CountingEncoder(itemCount: 4)
        serve(second, deployment: 2)
        #expect(try await answer() == "c2 b1")
        #expect(try await answer() == "c2 b1")
        #expect((model.encodeCount, second.encodeCount) == (1, 1))
    }

    @Test func holdsNoModelThatIsOutOfService() async throws {
        #expect(try await answer() == "c2 b1")
        weak let old = service.slots.current("vae")
        #expect(old != nil)
        serve(CountingEncoder(itemCount: 4), deployment: 2)
        #expect(old == nil)
    }

    @Test func encodesAgainOnceTheEncodingIsNoLongerValid() async throws {
        let hourly = CountingEncoder(itemCount: 4, validity: .seconds(3600))
        serve(hourly, deployment: 2)
        let length: Int64 = 3_600_000
        let now = database.clock.now().milliseconds
        let untilEnd = Duration.milliseconds(length - now % length)
        let first = try await answer()
        database.clock.advance(by: untilEnd - .milliseconds(1))
        #expect(try await answer() == first)
        #expect(hourly.encodeCount == 1)
        database.clock.advance(by: .milliseconds(1))
        #expect(try await answer() != first)
        #expect(hourly.encodeCount == 2)
        database.clock.advance(by: .milliseconds(-1))
        #expect(try await answer() == first)
        #expect(hourly.encodeCount == 3)
    }

    @Test func neitherKeepsNorTakesAnEncodingWhereTheRequestBringsAHistory() async throws {
        let query = RecommendationQuery(
            user: ann, history: [.init(item: ItemID(stored: "a"), type: "view")], k: 2)
        #expect(try await answer(query) == "a3 c2")
        #expect(try await answer() == "c2 b1")
        #expect(try await answer(query) == "a3 c2")
        #expect(try await answer() == "c2 b1")
        #expect(model.encodeCount == 1)
    }

    @Test func dropsAnEncodingThatAnEventOvertook() async throws {
        let query = RecommendationQuery(user: ann, k: 2, excludeSeen: false)
        #expect(try await service.users.state(of: ann).interactions.count == 2)
        let event = StoredEvent.make(1000, user: "ann", item: 4, seconds: 1_000_000)
        model.interrupt { [users = service.users] in users.apply([event]) }
        #expect(try await answer(query) == "c2 b1")  // the event came after the request
        #expect(try await answer(query) == "d3 c2")
        #expect(model.encodeCount == 2)
    }

    @Test func dropsAnEncodingThatAnErasureOvertook() async throws {
        #expect(try await service.users.state(of: ann).interactions.count == 2)
        model.interrupt { [service, ann] in service.users.forget(ann) }
        #expect(try await answer() == "c2 b1")
        #expect(service.users.cached(ann) == nil)
        #expect(try await answer() == "c2 b1")
        #expect(model.encodeCount == 2)
    }

    /// The state that the encoding was made of and the user's state now have the same watermark.
    @Test func dropsAnEncodingOfAStateThatHasBeenReadAnew() async throws {
        try await view("ann", "d", id: "e")
        try await view("ann", "a")
        let before = try await service.users.state(of: ann)
        _ = try await database.store.removeEvent(id: "e")
        #expect(try await service.users.state(of: ann).watermark == before.watermark)
        let served = try #require(service.slots.current("vae"))
        service.users.keep(
            HistoryEncoding(values: [0, 9, 9, 9, 9]), by: served, at: database.clock.now(),
            of: before, for: ann)
        #expect(try await answer() == "a3 c2")
    }

    @Test func keepsOneForEachOfAFewModels() async throws {
        let others = (0..<KeptEncodings.capacity).map { _ in CountingEncoder(itemCount: 4) }
        for (number, other) in others.enumerated() {
            serve(other, name: "m\(number)", deployment: 2)
        }
        func ask(_ name: String) async throws {
            let query = RecommendationQuery(user: ann, k: 2, model: name)
            #expect(try await answer(query) == "c2 b1")
        }
        for _ in 0..<2 {
            for number in others.indices { try await ask("m\(number)") }
        }
        #expect(others.map(\.encodeCount) == [1, 1, 1, 1])
        try await ask("vae")
        try await ask("m0")  // the oldest had to go
        #expect(others.map(\.encodeCount) == [2, 1, 1, 1])
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func answersAsWithoutKeptEncodings(seed: UInt64) async throws {
        var random = RandomSource(seed: seed)
        serve(InOneStep(model: model), name: "other")
        for _ in 0..<30 {
            if Bool.random(using: &random) {
                let user = Bool.random(using: &random) ? "ann" : "bob"
                try await view(user, ["a", "b", "c", "d"][Int.random(in: 0..<4, using: &random)])
            }
            let user = UserID(stored: Bool.random(using: &random) ? "ann" : "bob")
            let k = Int.random(in: 1...4, using: &random)
            let kept = try await answer(RecommendationQuery(user: user, k: k, model: "vae"))
            let plain = try await answer(RecommendationQuery(user: user, k: k, model: "other"))
            #expect(kept == plain)
        }
        #expect(model.encodeCount < 30)
    }
}
