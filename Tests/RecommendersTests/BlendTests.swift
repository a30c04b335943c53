import Evaluation
import Events
import NeuralNetwork
import Support
import Testing

@testable import Recommenders

/// Scores that a test chooses, the same for every history; quiet for one without positive items.
private struct FixedModel: Recommender {
    var fixed: [Float]
    var answersEverybody = false

    var itemCount: Int { fixed.count }
    var settings: ModelSettings { [:] }

    func canAnswer(_ history: History) -> Bool {
        answersEverybody || !history.positiveItems.isEmpty
    }

    func scores(for histories: [History]) -> [Float] {
        histories.flatMap { _ in fixed }
    }

    func parameters() -> [Safetensors.Entry] { [] }
}

@Suite struct BlendTests {
    private let family = Blend.family

    private func options(
        _ settings: ModelSettings = [:], itemCount: Int = 4, validation: [EvaluationCase] = []
    ) -> CombiningOptions {
        CombiningOptions(
            itemCount: itemCount, validation: validation, metric: MetricKey(.ndcg, at: 10),
            workers: 2, settings: settings)
    }

    private func fixed(_ scores: [Float]) -> ModelComponent {
        ModelComponent(FixedModel(fixed: scores))
    }

    private func expectClose(_ scores: [Float], _ expected: [Float]) {
        #expect(scores.count == expected.count)
        for (score, value) in zip(scores, expected) { #expect(abs(score - value) < 1e-5) }
    }

    // MARK: - What it makes of its parts

    @Test func addsStandardScoresWithTheConfiguredWeightsWhereNobodyValidates() throws {
        let blend = try family.combine(
            ["ease": fixed([1, 2, 3, 4]), "vae": fixed([0, 0, 0, 100])],
            options(["ease": 2, "vae": 1]))
        // Deviations √1.25 and √1875.
        let (a, b) = (Float(1.25).squareRoot(), Float(1875).squareRoot())
        expectClose(
            blend.scores(for: [TasteGroups.history([1])]),
            [
                2 * -1.5 / a - 25 / b, 2 * -0.5 / a - 25 / b, 2 * 0.5 / a - 25 / b,
                2 * 1.5 / a + 75 / b,
            ])
    }

    @Test func addsReciprocalRanksWhereNothingIsLearnt() throws {
        let blend = try family.combine(
            ["ease": fixed([1, 2, 3, 4]), "vae": fixed([7, 5, 5, 1])],
            options(["learnt": 0, "ease": 3, "rankConstant": 60]))
        expectClose(
            blend.scores(for: [TasteGroups.history([1])]),
            [
                3 / 64 + 1 / 61, 3 / 63 + 1 / 62.5, 3 / 62 + 1 / 62.5, 3 / 61 + 1 / 64,
            ])
    }

    @Test func aModelThatFindsAllAlikeSaysNothing() throws {
        let blend = try family.combine(
            ["ease": fixed([1, 2, 3, 4]), "vae": fixed([5, 5, 5, 5])], options())
        let scores = blend.scores(for: [TasteGroups.history([1])])
        expectClose(scores, [-1.5, -0.5, 0.5, 1.5].map { $0 / Float(1.25).squareRoot() })
    }

    /// The second model has items in another order and knows nothing of item 0.
    @Test func translatesBetweenTheNumberingsOfItsParts() throws {
        let renumbering = ItemRenumbering(of: ["a", "b", "c", "d"], in: ["d", "c", "b"])
        let last = ModelComponent(EchoModel(itemCount: 3), renumbering)
        let blend = try family.combine(
            ["ease": fixed([0, 0, 0, 0]), "vae": last], options(["learnt": 0, "rankConstant": 0]))
        // The history's b is the second model's row 2, which it likes best; the first model shares
        // the places 1 to 4 among all.
        let scores = blend.scores(for: [TasteGroups.history([0, 1])])
        expectClose(scores, [1 / 2.5, 1, 1 / 2.5, 1 / 2.5].map { $0 + 1 / 2.5 })
    }

    @Test func leavesOutWhoCannotAnswer() throws {
        let everybody = ModelComponent(
            FixedModel(fixed: [1, 2, 3, 4], answersEverybody: true))
        let blend = try family.combine(
            ["popularity": everybody, "vae": fixed([4, 3, 2, 1])],
            options(["popularity": 1, "vae": 5]))
        let empty = TasteGroups.history([])
        #expect(blend.canAnswer(empty))
        expectClose(
            blend.scores(for: [empty]),
            [-1.5, -0.5, 0.5, 1.5].map { $0 / Float(1.25).squareRoot() })
    }

    // MARK: - Learning

    /// Each user wants item 1, and only the VAE says so.
    @Test func learnsWhichPartIsRight() throws {
        let users = (0..<20).map { _ in
            EvaluationCase(
                input: TasteGroups.history([0]).interactions, targets: [ItemIndex(1)],
                now: Timestamp(milliseconds: 0))
        }
        let blend = try family.combine(
            ["ease": fixed([1, 2, 3, 4]), "vae": fixed([1, 4, 3, 2])], options(validation: users))
        #expect(blend.componentNames == ["vae"])
        #expect(try blend.parameters().map { try $0.floats() } == [[1]])
    }

    /// Half of the users want what the one model ranks first and the other second, the others the
    /// reverse; item 1 deceives one model, item 2 the other.
    @Test func findsASumThatIsBetterThanEachPart() throws {
        let models = [
            "ease": fixed([5, 6, 1, 4.9, 0, 0]), "vae": fixed([5, 1, 6, 4.9, 0, 0]),
        ]
        let users = (0..<20).map { _ in
            EvaluationCase(
                input: TasteGroups.history([4]).interactions,
                targets: [ItemIndex(0), ItemIndex(3)], now: Timestamp(milliseconds: 0))
        }
        let blend = try family.combine(models, options(itemCount: 6, validation: users))
        #expect(blend.componentNames == ["ease", "vae"])
        let evaluator = Evaluator(metrics: [MetricKey(.ndcg, at: 10)], itemCount: 6)
        func quality(_ model: any Recommender) throws -> Double {
            try evaluator.evaluate(users) { batch in model.scores(for: batch.map(\.history)) }
                .mean(of: MetricKey(.ndcg, at: 10)) ?? 0
        }
        #expect(try quality(blend) == 1)
        for model in models.values { #expect(try quality(model.recommender) < 1) }
    }

    @Test func learnsTheSameWhateverTheNumberOfWorkers() throws {
        let trained = try TasteGroups.components()
        var options = options(itemCount: TasteGroups.itemCount, validation: TasteGroups.cases)
        let two = try family.combine(trained, options).parameters()
        options.workers = 1
        #expect(try family.combine(trained, options).parameters() == two)
    }

    // MARK: - The contract of every model

    @Test func findsTheTasteOfANewUser() throws {
        let blend = try TasteGroups.blend()
        for group in 0..<TasteGroups.groupCount {
            let items = TasteGroups.items(of: group)
            let scores = blend.scores(for: [TasteGroups.history(Array(items.prefix(3)))])
            let ranked = scores.indices.filter { !items.prefix(3).contains($0) }
                .sorted { scores[$0] > scores[$1] }
            #expect(Set(ranked.prefix(items.count - 3)) == Set(items.dropFirst(3)))
        }
        #expect(!blend.canAnswer(TasteGroups.history([])))
    }

    @Test(arguments: [0.0, 1.0])
    func batchEqualsSingle(learnt: Double) throws {
        let blend = try TasteGroups.blend(["learnt": learnt])
        let histories = [[1, 2], [], [7], [0, 3, 6, 9], [2, 1]].map(TasteGroups.history)
        let batch = blend.scores(for: histories)
        #expect(batch.count == 5 * TasteGroups.itemCount && batch.allSatisfy(\.isFinite))
        for (row, history) in histories.enumerated() {
            let first = row * TasteGroups.itemCount
            expectClose(
                blend.scores(for: [history]), Array(batch[first..<first + TasteGroups.itemCount]))
        }
        #expect(blend.scores(for: []).isEmpty)
    }

    /// Of parts that encode (vae, transformer) and others, one of them by order (markov).
    @Test(arguments: [0.0, 1.0])
    func scoresOfAnEncodingAreThoseOfTheHistory(learnt: Double) throws {
        let parts = try TasteGroups.components(["ease", "markov", "transformer", "vae"])
        let blend = try #require(
            family.combine(
                parts, options(["learnt": learnt, "markov": 1], itemCount: TasteGroups.itemCount))
                as? any EncodingRecommender)
        for items in [[1, 2], [7], [0, 3, 6, 9], [2, 1]] {
            let history = TasteGroups.history(items)
            expectClose(
                blend.scores(of: blend.encoding(of: history)), blend.scores(for: [history]))
        }
        let nothing = blend.scores(of: blend.encoding(of: TasteGroups.history([])))
        #expect(nothing.allSatisfy { $0 == 0 })
    }

    /// The content model ranks an item by its category; the other part has never heard of it.
    @Test func ranksNewItemsWhereAPartDoes() throws {
        let parts = try TasteGroups.components(["content", "ease"])
        let combined = try family.combine(
            parts, options(["content": 1], itemCount: TasteGroups.itemCount))
        let blend = try #require(combined as? ContentBlend)
        let added = blend.adding([TasteGroups.content(of: 2, number: 99)])
        #expect(added.itemCount == TasteGroups.itemCount + 1)
        let (own, other) = (TasteGroups.history([2, 5, 8]), TasteGroups.history([0, 3, 6]))
        let scores = added.scores(for: [own, other])
        let count = added.itemCount
        #expect(scores[count - 1] > scores[2 * count - 1])
        let new = TasteGroups.history([TasteGroups.itemCount])
        #expect(added.canAnswer(new))
        let ranked = Array(added.scores(for: [new])[..<TasteGroups.itemCount])
        #expect((ranked.indices.max { ranked[$0] < ranked[$1] } ?? 0) % 3 == 2)
        // An encoding that was kept before goes on being good.
        let encoder = try #require(added as? any EncodingRecommender)
        expectClose(encoder.scores(of: blend.encoding(of: own)), Array(scores[..<count]))
        let alone = try family.combine(
            TasteGroups.components(["ease", "vae"]), options(itemCount: TasteGroups.itemCount))
        #expect(!(alone is any ContentRecommender))
    }

    @Test(arguments: [0.0, 1.0])
    func savedAndLoadedScoresTheSame(learnt: Double) throws {
        let blend = try TasteGroups.blend(["learnt": learnt])
        let bytes = Safetensors(entries: blend.parameters()).encoded()
        let loaded = try family.load(
            blend.itemCount, Safetensors(decoding: bytes), blend.settings, TasteGroups.components())
        let histories = [TasteGroups.history([1, 2]), TasteGroups.history([5])]
        #expect(loaded.scores(for: histories) == blend.scores(for: histories))
        #expect(loaded.settings == blend.settings)
        #expect(loaded.componentNames == blend.componentNames)
    }

    @Test func loadingRefusesWhatDoesNotFit() throws {
        let blend = try TasteGroups.blend(["learnt": 0])
        let components = try TasteGroups.components()
        func load(
            itemCount: Int = TasteGroups.itemCount, _ entries: [Safetensors.Entry],
            _ components: [String: ModelComponent]
        ) throws {
            _ = try family.load(
                itemCount, Safetensors(entries: entries), blend.settings, components)
        }
        #expect(throws: ModelError.missingComponent("ease")) {
            try load(blend.parameters(), components.filter { $0.key == "vae" })
        }
        #expect(throws: ModelError.tooFewComponents([])) { try load([], components) }
        #expect(throws: ModelError.self) {
            try load(itemCount: 25, blend.parameters(), components)
        }
        let poisoned = Safetensors.Entry(name: "weight.vae", shape: [1], floats: [.nan])
        #expect(throws: ModelError.notFinite(parameter: "weight.vae")) {
            try load([poisoned], components)
        }
    }

    @Test func refusesWhatCannotBeCombined() throws {
        #expect(throws: ModelError.tooFewComponents(["ease"])) {
            try family.combine(["ease": fixed([1])], options(itemCount: 1))
        }
        #expect(throws: ModelError.tooFewComponents(["ease"])) {
            try family.combine(
                ["ease": fixed([1]), "vae": fixed([1])], options(["vae": 0], itemCount: 1))
        }
        #expect(throws: ModelError.unknownSetting("colour")) {
            try family.candidates(["colour": 1])
        }
        #expect(throws: ModelError.invalidSetting("vae", value: -1)) {
            try family.candidates(["vae": -1])
        }
    }
}

/// Scores an item of the history 1, every other item 0.
private struct EchoModel: Recommender {
    let itemCount: Int
    var settings: ModelSettings { [:] }

    func canAnswer(_ history: History) -> Bool { !history.positiveItems.isEmpty }

    func scores(for histories: [History]) -> [Float] {
        histories.flatMap { history in
            (0..<itemCount).map { history.positiveItems.contains(Int32($0)) ? 1 : 0 }
        }
    }

    func parameters() -> [Safetensors.Entry] { [] }
}

extension TasteGroups {
    /// Trained models to be combined.
    static func components(
        _ names: [String] = ["ease", "vae"]
    ) throws -> [String: ModelComponent] {
        try Dictionary(
            uniqueKeysWithValues: names.map { name in
                let family = try #require(ModelRegistry.family(named: name))
                let settings = settings.filter { family.defaults[$0.key] != nil }
                var learner = try family.makeLearner(
                    trainingSet, LearnerOptions(seed: 1, workers: 2, settings: settings))
                for _ in 0..<min(20, learner.maxEpochs) { _ = try learner.runEpoch() }
                return (name, ModelComponent(learner.recommender()))
            })
    }

    /// Users whose last items are to be found.
    static var cases: [EvaluationCase] {
        trainingSet.histories.filter { $0.count > 3 }.map { history in
            EvaluationCase(
                input: Array(history.dropLast(2)), targets: history.suffix(2).map(\.item),
                now: Timestamp(milliseconds: 1_000_001_000_000))
        }
    }

    static func blend(_ settings: ModelSettings = [:]) throws -> any CombiningRecommender {
        try Blend.family.combine(
            try components(),
            CombiningOptions(
                itemCount: itemCount, validation: cases, metric: MetricKey(.ndcg, at: 10),
                workers: 2, settings: settings))
    }
}
