import Events
import NeuralNetwork
import Recommenders
import Support
import Testing

@testable import Serving

/// Likes item 0 best; answers histories of at least so many events.
private struct PickyModel: Recommender {
    var minimumEvents = 1

    var itemCount: Int { 2 }
    var settings: ModelSettings { [:] }

    func canAnswer(_ history: History) -> Bool { history.interactions.count >= minimumEvents }

    func scores(for histories: [History]) -> [Float] { histories.flatMap { _ in [2, 1] } }

    func parameters() -> [Safetensors.Entry] { [] }
}

@Suite struct ModelChoiceTests {
    private func model(
        _ name: String, _ metrics: [String: Double], minimumEvents: Int = 1
    ) -> ServedModel {
        ServedModel(
            name: name, version: 1, recommender: PickyModel(minimumEvents: minimumEvents),
            items: [ItemKey(0), ItemKey(1)], metrics: metrics)
    }

    private func order(_ models: [ServedModel], _ length: HistoryLength) -> [String] {
        ModelChoice(among: models).candidates(for: length).map(\.model.name)
    }

    private let forFew = [
        "validation.ndcg@10[1-9]": 0.3, "validation.users[1-9]": 500,
        "validation.ndcg@10[10-49]": 0.1, "validation.users[10-49]": 500,
        "validation.ndcg@10": 0.2, "ndcg@10": 0.2,
    ]
    private let forMany = [
        "validation.ndcg@10[1-9]": 0.1, "validation.users[1-9]": 500,
        "validation.ndcg@10[10-49]": 0.2, "validation.users[10-49]": 500,
        "validation.ndcg@10": 0.15, "ndcg@10": 0.3,
    ]

    @Test func theBestOfEachClassComesFirst() {
        let models = [model("vae", forFew), model("ease", forMany)]
        #expect(order(models, .few) == ["vae", "ease"])
        #expect(order(models, .some) == ["ease", "vae"])
        let best = ModelChoice(among: models).best(for: .some)
        #expect(best?.metric == "validation.ndcg@10[10-49]")
        // The class's .2, and .15 of all, whose mean is .175, as the class's mean of .15 has it.
        #expect(best?.value == 0.2)
        #expect(abs((best?.estimate ?? 0) - (0.2 + 0.15 * 0.15 / 0.175) / 2) < 1e-12)
    }

    /// Nobody validated histories of 50 and more.
    @Test func aClassThatNobodyMeasuredTakesTheBestOfAll() {
        let models = [model("ease", forMany), model("vae", forFew)]
        #expect(order(models, .many) == ["vae", "ease"])
        #expect(ModelChoice(among: models).best(for: .many)?.metric == "validation.ndcg@10")
    }

    @Test func aCombinationMustBeBetterByMoreThanTheMargin() {
        func order(_ blend: Double) -> [String] {
            self.order([model("ease", ["ndcg@10": 0.3]), model("blend", ["ndcg@10": blend])], .few)
        }
        #expect(order(0.3014) == ["ease", "blend"])
        #expect(order(0.3016) == ["blend", "ease"])
    }

    /// In the class `ease` has twice the metric of `vae`, over all three quarters of it.
    @Test(arguments: [(0, "vae"), (100, "vae"), (300, "ease"), (10_000, "ease")])
    func aClassCountsByItsUsers(users: Double, best: String) {
        var metrics = (forMany, forFew)
        metrics.0["validation.users[10-49]"] = users
        metrics.1["validation.users[10-49]"] = users
        let models = [model("ease", metrics.0), model("vae", metrics.1)]
        #expect(ModelChoice(among: models).best(for: .some)?.model.name == best)
    }

    /// A version of an earlier program has the gate's metric alone: then all are compared by that.
    @Test func comparesByWhatAllHave() {
        let models = [
            model("ease", ["ndcg@10": 0.25]), model("vae", forFew), model("gan", forMany),
        ]
        #expect(order(models, .few) == ["gan", "ease", "vae"])
        let nothing = [model("blend", forMany), model("vae", [:]), model("ease", forFew)]
        #expect(order(nothing, .few) == ["ease", "vae", "blend"])
        #expect(ModelChoice(among: nothing).best(for: .few)?.metric == nil)
    }

    @Test func namesForNewcomersOnlyWhoAnswersThem() {
        let models = [model("vae", forFew), model("popularity", forMany, minimumEvents: 0)]
        #expect(ModelChoice(among: models).best(for: .none)?.model.name == "popularity")
        #expect(ModelChoice(among: [model("vae", forFew)]).best(for: .none) == nil)
        #expect(ModelChoice(among: []).best(for: .few) == nil)
    }

    @Test(arguments: [
        (0, HistoryLength.none), (1, .few), (9, .few), (10, .some), (49, .some), (50, .many),
        (199, .many), (200, .most), (300, .most),
    ])
    func countsDistinctLikedItems(count: Int, length: HistoryLength) {
        var events: [Interaction<ItemKey>] = (0..<count).map {
            Interaction(item: ItemKey(Int32($0)), time: .after($0))
        }
        events += events
        events.append(Interaction(item: ItemKey(999), strength: -1, time: .after(0)))
        #expect(HistoryLength(of: events) == length)
    }

    // MARK: - In answers

    private func answer(
        _ models: [ServedModel], likes: Int, model: String? = nil
    ) -> RankedAnswer {
        let (slots, items) = (ModelSlots(), ItemDirectory())
        items.put((0..<20).map { .make($0, "i\($0)") })
        for (number, model) in models.enumerated() {
            slots.swap(in: model, for: .make(Int64(number), version: 1))
        }
        let ranker = Ranker(
            slots: slots, users: .empty, items: items, popular: PopularItems(halfLifeDays: 30),
            meanings: EventMeanings(), defaultModel: ModelChoice.name,
            clock: ManualWallClock(.after(100)))
        let state = UserState(
            interactions: (0..<Int32(likes)).map {
                Interaction(item: ItemKey($0), isSeen: false, time: .after(0))
            }, watermark: nil)
        return ranker.answer(RecommendationQuery(model: model), for: state)
    }

    @Test func answersNameTheModelThatWasTaken() {
        let models = [model("vae", forFew), model("ease", forMany)]
        #expect(answer(models, likes: 1).model?.name == "vae")
        #expect(answer(models, likes: 12).model?.name == "ease")
        #expect(answer(models, likes: 12, model: "auto").model?.name == "ease")
        #expect(answer(models, likes: 12, model: "vae").model?.name == "vae")
    }

    /// The ease model is best for one like, and wants two events.
    @Test func takesTheNextBestWhereTheBestCannotAnswer() {
        let models = [model("vae", forMany), model("ease", forFew, minimumEvents: 2)]
        #expect(answer(models, likes: 2).model?.name == "ease")
        #expect(answer(models, likes: 1).model?.name == "vae")
        #expect(answer(models, likes: 1, model: "ease").policy == .recent)
        #expect(answer(models, likes: 0).policy == .recent)
        #expect(answer([], likes: 1).policy == .recent)
    }
}
