import Events
import NeuralNetwork
import Recommenders
import Store
import Support
import Testing

@testable import Serving

/// Scores that the test chooses; keeps quiet for a history without a positive event.
private struct FixedScores: Recommender {
    var fixed: [Float]

    var itemCount: Int { fixed.count }
    var settings: ModelSettings { [:] }

    func canAnswer(_ history: History) -> Bool {
        history.interactions.contains { $0.strength > 0 }
    }

    func scores(for histories: [History]) -> [Float] {
        Array(repeatElement(fixed, count: histories.count).joined())
    }

    func parameters() -> [Safetensors.Entry] { [] }
}

/// Scores the last item of the history highest: shows in which order it was read.
private struct LastItemFirst: Recommender {
    let itemCount: Int
    var settings: ModelSettings { [:] }

    func canAnswer(_ history: History) -> Bool { !history.interactions.isEmpty }

    func scores(for histories: [History]) -> [Float] {
        histories.flatMap { history in
            var scores = [Float](repeating: 0, count: itemCount)
            for (place, interaction) in history.interactions.enumerated() {
                scores[interaction.item.row] = Float(place + 1)
            }
            return scores
        }
    }

    func parameters() -> [Safetensors.Entry] { [] }
}

/// Items a, b, c, d, e with keys 0 to 4, a the oldest. The model knows a to d and likes d best.
@Suite struct RankerTests {
    private let slots = ModelSlots()
    private let items = ItemDirectory()
    private let popular = PopularItems(halfLifeDays: 30)
    private let ranker: Ranker

    init() {
        items.put(
            zip("abcde", 0...).map { name, key in
                .make(key, String(name), createdAt: Int(key))
            })
        ranker = Ranker(
            slots: slots, users: .empty, items: items, popular: popular,
            meanings: EventMeanings(), defaultModel: "vae", clock: ManualWallClock(.after(100)))
    }

    private func serve(_ recommender: any Recommender, version: Int = 3, deployment: Int64 = 1) {
        slots.swap(
            in: ServedModel(
                name: "vae", version: version, recommender: recommender,
                items: (0..<recommender.itemCount).map { ItemKey(Int32($0)) }),
            for: .make(deployment, version: version))
    }

    private func serveFixedScores() { serve(FixedScores(fixed: [1, 2, 3, 4])) }

    private func state(_ items: (key: Int32, isSeen: Bool)...) -> UserState {
        UserState(
            interactions: items.map {
                Interaction(item: ItemKey($0.key), isSeen: $0.isSeen, time: .after(0))
            },
            watermark: EventSequence(9))
    }

    private func names(_ answer: RankedAnswer) -> String {
        answer.items.map(\.id.rawValue).joined()
    }

    private func ids(_ names: String) -> [ItemID] { names.map { ItemID(stored: String($0)) } }

    @Test func answersWithTheModelBestFirst() {
        serveFixedScores()
        let answer = ranker.answer(RecommendationQuery(k: 3), for: state((0, false)))
        #expect(names(answer) == "dcb")
        #expect(answer.items.map(\.score) == [4, 3, 2])
        #expect(answer.policy == .model)
        #expect(answer.model == RankedAnswer.Model(name: "vae", version: 3))
        #expect(answer.watermark == EventSequence(9))
    }

    @Test func hidesWhatTheUserHasSeen() {
        serveFixedScores()
        let user = state((3, true), (2, false))
        #expect(names(ranker.answer(RecommendationQuery(), for: user)) == "cba")
        let all = RecommendationQuery(excludeSeen: false)
        #expect(names(ranker.answer(all, for: user)) == "dcba")
    }

    @Test func hidesWhatTheQueryExcludesAlsoWhereSeenItemsAreShown() {
        serveFixedScores()
        let query = RecommendationQuery(exclude: ids("dx"), excludeSeen: false)
        #expect(names(ranker.answer(query, for: state((3, true)))) == "cba")
    }

    @Test func answersOnlyCandidatesWhereThereAreAny() {
        serveFixedScores()
        let query = RecommendationQuery(exclude: ids("d"), candidates: ids("axdc"))
        #expect(names(ranker.answer(query, for: state((1, false)))) == "ca")
        let none = RecommendationQuery(candidates: [])
        #expect(names(ranker.answer(none, for: state((1, false)))) == "")
    }

    @Test func hidesUnavailableAndDeletedItems() {
        serveFixedScores()
        items.put([.make(3, "d", isAvailable: false), .make(1, "b", isDeleted: true)])
        #expect(names(ranker.answer(RecommendationQuery(), for: state((0, false)))) == "ca")
        items.put([.make(3, "d")])
        #expect(names(ranker.answer(RecommendationQuery(), for: state((0, false)))) == "dca")
    }

    @Test func leavesOutRowsWhoseItemTheCatalogueNoLongerHas() {
        slots.swap(
            in: ServedModel(
                name: "vae", version: 1, recommender: FixedScores(fixed: [1, 2, 3]),
                items: [ItemKey(0), nil, ItemKey(2)]),
            for: .make(1, version: 1))
        #expect(names(ranker.answer(RecommendationQuery(), for: state((0, false)))) == "ca")
    }

    /// An item may come between the look at the directory and the look at what the query names.
    @Test func passesOverSeenItemsThatTheDirectoryDoesNotHaveYet() {
        serveFixedScores()
        let user = state((3, true), (5, true), (Int32.max, true))
        #expect(names(ranker.answer(RecommendationQuery(), for: user)) == "cba")
    }

    @Test func fallsBackToPopularFilledUpWithRecent() {
        popular.add([
            .make(1, item: 2, seconds: 0), .make(2, item: 1, seconds: 1), .make(3, item: 2),
        ])
        let answer = ranker.answer(RecommendationQuery(k: 4), for: .unknown)
        #expect(names(answer) == "cbed")
        #expect(answer.policy == .popular)
        #expect(answer.model == nil)
        #expect(answer.watermark == nil)
        #expect(answer.items.map(\.score).sorted(by: >) == answer.items.map(\.score))
    }

    @Test func fallsBackToRecentWhereNothingIsPopular() {
        let answer = ranker.answer(RecommendationQuery(k: 2), for: .unknown)
        #expect(names(answer) == "ed")
        #expect(answer.policy == .recent)
    }

    @Test func hidesInTheFallbackTheSameAsBehindAModel() {
        popular.add([.make(1, item: 0), .make(2, item: 1), .make(3, item: 4)])
        items.put([.make(4, "e", isAvailable: false)])
        let query = RecommendationQuery(exclude: ids("c"))
        #expect(names(ranker.answer(query, for: state((0, true)))) == "bd")
        let candidates = RecommendationQuery(candidates: ids("da"))
        #expect(names(ranker.answer(candidates, for: .unknown)) == "ad")
    }

    @Test func answersAnEmptyCatalogueWithAnEmptyList() {
        let empty = Ranker(
            slots: slots, users: .empty, items: ItemDirectory(),
            popular: PopularItems(halfLifeDays: 30), meanings: EventMeanings(), defaultModel: "vae",
            clock: ManualWallClock(.after(0)))
        let answer = empty.answer(RecommendationQuery(), for: .unknown)
        #expect(answer.items.isEmpty)
        #expect(answer.policy == .recent)
    }

    @Test func fallsBackWhereTheModelCanMakeNothingOfTheHistory() {
        serveFixedScores()
        #expect(ranker.answer(RecommendationQuery(), for: .unknown).policy == .recent)
        // e is an item that the model doesn't know.
        #expect(ranker.answer(RecommendationQuery(), for: state((4, true))).policy == .recent)
        let other = RecommendationQuery(model: "ease")
        #expect(ranker.answer(other, for: state((0, true))).policy == .recent)
    }

    @Test func fallsBackWhereTheModelKnowsNothingThatMayBeShown() {
        serveFixedScores()
        let answer = ranker.answer(
            RecommendationQuery(), for: state((0, true), (1, true), (2, true), (3, true)))
        #expect(names(answer) == "e")
        #expect(answer.policy == .recent)
    }

    @Test func readsTheGivenHistoryWithTheLogInOrderOfTime() {
        serve(LastItemFirst(itemCount: 4))
        let query = RecommendationQuery(
            history: [
                .init(item: ids("b")[0]), .init(item: ids("c")[0], time: .after(-5)),
                .init(item: ids("x")[0]), .init(item: ids("d")[0]),
            ],
            excludeSeen: false)
        #expect(names(ranker.answer(query, for: state((0, true)))) == "dbac")
    }

    @Test func takesAGivenEntryWithoutATypeForALike() {
        serveFixedScores()
        let visitor = RecommendationQuery(history: [.init(item: ids("d")[0])])
        #expect(names(ranker.answer(visitor, for: .unknown)) == "cba")
        let viewer = RecommendationQuery(history: [.init(item: ids("d")[0], type: "view")])
        #expect(names(ranker.answer(viewer, for: .unknown)) == "dcba")
        let hater = RecommendationQuery(history: [.init(item: ids("d")[0], type: "dislike")])
        #expect(ranker.answer(hater, for: .unknown).policy == .recent)
    }

    @Test func keepsAModelForWhoeverTookItWhileAnotherIsSwappedIn() throws {
        serve(FixedScores(fixed: [1, 2]), version: 1, deployment: 1)
        let taken = try #require(slots.current("vae"))
        serve(FixedScores(fixed: [3, 4]), version: 2, deployment: 2)
        let history = taken.history(of: [], now: .after(0))
        #expect(taken.recommender.scores(for: [history]) == [1, 2])
        #expect(slots.current("vae")?.version == 2)
    }

    @Test func keepsTheLaterDeploymentWhenSwapsCross() {
        serve(FixedScores(fixed: [1]), version: 2, deployment: 8)
        serve(FixedScores(fixed: [1]), version: 1, deployment: 7)
        #expect(slots.current("vae")?.version == 2)
        serve(FixedScores(fixed: [1]), version: 1, deployment: 9)
        #expect(slots.current("vae")?.version == 1)
    }
}
