import GradientChecking
import NeuralNetwork
import Support
import Tensor
import Testing

@testable import Recommenders

@Suite struct GANTests {
    private static let small: ModelSettings = [
        "epochs": 60, "hiddenSize": 16, "discriminatorSize": 8, "batchSize": 30,
        "learningRate": 0.01, "layers": 2, "maskingShare": 0.3,
    ]

    private func learner(
        _ settings: ModelSettings = [:], on data: TrainingSet = TasteGroups.trainingSet,
        start: WarmStart? = nil
    ) throws -> GANLearner {
        try GANLearner(
            data,
            options: LearnerOptions(
                seed: 1, workers: 2, settings: Self.small.merging(settings) { $1 }, start: start))
    }

    private func batch(_ settings: GANSettings) -> GANBatch<Double> {
        let users: [[Int32]] = [[0, 3], [1, 2, 6], [5]]
        return GANBatch(
            users.map { ($0, RandomSource(seed: UInt64($0[0]))) }, itemCount: 7,
            settings: settings)
    }

    /// Both networks with all their terms, by each parameter of the one that learns.
    @Test(arguments: [0.0, 1.0])
    func lossesHaveRightGradients(joint: Double) throws {
        let settings = try GANSettings(
            Self.small.merging(["joint": joint, "hiddenSize": 4]) { $1 })
        var (generator, discriminator) = (ParameterStore<Double>(), ParameterStore<Double>())
        var source = RandomSource(seed: 1)
        let networks = GANNetworks(
            generator: GANGenerator(
                itemCount: 7, settings: settings, weight: .xavierUniform, in: &generator,
                random: &source),
            discriminator: GANDiscriminator(
                itemCount: 7, hiddenSize: 3, in: &discriminator, random: &source),
            settings: settings)
        // The weights that start at 0 would hide what they should pass on.
        for id in discriminator.ids {
            discriminator[id] = GradientCheck.random(discriminator[id].shape, seed: 9)
        }
        let batch = batch(settings)
        let errors = [
            GradientCheck.largestError(of: generator.tensors) { tape, variables in
                networks.generatorLoss(
                    batch, discriminator: ForwardPass(constant: discriminator, on: tape),
                    scale: 1 / 3, in: ForwardPass(variables, on: tape))
            },
            GradientCheck.largestError(of: discriminator.tensors) { tape, variables in
                networks.discriminatorLoss(
                    batch, generator: ForwardPass(constant: generator, on: tape), scale: 1 / 3,
                    in: ForwardPass(variables, on: tape))
            },
        ]
        #expect(errors.allSatisfy { $0 < 1e-7 }, "\(errors)")
    }

    /// Purchases are always seen and never pulled to 0; of the rest the shares are sampled.
    @Test func samplesAreThoseOfThePaper() throws {
        let items: [Int32] = [1, 4]
        func batch(_ masking: Double, _ zeros: Double) throws -> GANBatch<Double> {
            GANBatch(
                (0..<50).map { (items, RandomSource(seed: UInt64($0))) }, itemCount: 40,
                settings: try GANSettings([
                    "maskingShare": masking, "reconstructionShare": zeros,
                    "dropoutProbability": 0,
                ]))
        }
        let none = try batch(0, 0)
        #expect(none.mask == none.purchases)
        #expect(none.zeros.elements.allSatisfy { $0 == 0 })
        #expect(none.purchases.elements.reduce(0, +) == 100)
        #expect(none.input == none.users)
        let all = try batch(1, 1)
        #expect(all.mask.elements.allSatisfy { $0 == 1 })
        #expect(zip(all.zeros.elements, all.purchases.elements).allSatisfy { $0 + $1 == 1 })
        let some = try batch(0.25, 0.5)
        let (masked, zeros) = (some.mask.elements.reduce(0, +), some.zeros.elements.reduce(0, +))
        #expect((475.0...675).contains(masked), "100 purchases and a quarter of 1900")
        #expect((850.0...1050).contains(zeros), "half of 1900")
        for (mask, purchase) in zip(some.mask.elements, some.purchases.elements)
        where purchase == 1 { #expect(mask == 1) }
    }

    /// Under a penalty that leaves no weight standing the generator answers everybody alike.
    @Test func collapseStopsTheTraining() throws {
        var learner = try learner(["penalty": 100])
        let error = #expect(throws: TrainingError.self) {
            for _ in 0..<200 { _ = try learner.runEpoch() }
        }
        #expect(isCollapse(error), "\(error.map { "\($0)" } ?? "none")")
        var healthy = try self.learner()
        for _ in 0..<60 { _ = try healthy.runEpoch() }
    }

    /// On a large log `steps` allows a few epochs only.
    @Test func collapseIsNoticedWithinFewEpochs() throws {
        var data = TasteGroups.trainingSet
        data.histories = (0..<40).flatMap { _ in data.histories }
        var learner = try learner(["penalty": 100, "steps": 960], on: data)
        let epochs = learner.maxEpochs
        #expect(epochs == 6)
        let error = #expect(throws: TrainingError.self) {
            for _ in 0..<epochs { _ = try learner.runEpoch() }
        }
        #expect(isCollapse(error), "\(error.map { "\($0)" } ?? "none")")
    }

    private func isCollapse(_ error: TrainingError?) -> Bool {
        if case .collapsed = error { true } else { false }
    }

    @Test func watchCountsLooksOnEndAndSparesUsersWhoAreAlike() throws {
        let same = Tensor<Float>(shape: [2, 2], elements: [1, 0, 2, 0])
        let different = Tensor<Float>(shape: [2, 2], elements: [1, 0, 0, 1])
        #expect(abs(CollapseWatch.similarity(same) - 1) < 1e-6)
        #expect(CollapseWatch.similarity(different) == 0)
        var watch = CollapseWatch(users: [[0], [1]], itemCount: 2)
        let (interval, last) = (
            CollapseWatch.interval, CollapseWatch.interval * CollapseWatch.patience
        )
        for step in 1..<last { try watch.observe(step: step, epoch: 1) { _ in same } }
        try watch.observe(step: last, epoch: 1) { _ in different }
        for step in last + 1..<2 * last { try watch.observe(step: step, epoch: 1) { _ in same } }
        #expect(throws: TrainingError.collapsed(epoch: 7, similarity: 1)) {
            try watch.observe(step: 2 * last, epoch: 7) { _ in same }
        }
        var alike = CollapseWatch(users: [[0], [0]], itemCount: 2)
        for look in 1..<100 { try alike.observe(step: interval * look, epoch: 1) { _ in same } }
    }

    @Test func divergenceStopsTheTraining() throws {
        var first = try learner()
        first.generator[first.networks.generator.items.bias].elements[3] = .nan
        #expect(throws: TrainingError.notFinite(parameter: "loss", step: 1)) {
            try first.runEpoch()
        }
        var second = try learner()
        second.discriminator[second.networks.discriminator.output.bias].elements[0] = .infinity
        #expect(throws: TrainingError.notFinite(parameter: "loss", step: 1)) {
            try second.runEpoch()
        }
    }

    /// The head's weights are learned, kept and loaded; the ranking is of both.
    @Test func jointModelLearnsBothHeads() throws {
        var learner = try learner(["joint": 1])
        for _ in 0..<40 { _ = try learner.runEpoch() }
        let model = learner.recommender()
        #expect(model.parameters().map(\.name).contains("retrieval.items.weight"))
        let loaded = try GAN.family.load(
            model.itemCount, Safetensors(entries: model.parameters()), model.settings)
        let history = TasteGroups.history([1, 4, 7])
        let scores = loaded.scores(for: [history])
        #expect(scores == model.scores(for: [history]))
        let ranked = scores.indices.sorted { scores[$0] > scores[$1] }
        #expect(Set(ranked.prefix(8)) == Set(TasteGroups.items(of: 1)))
    }

    /// A model with a head doesn't fit one without, and the reason says so.
    @Test func jointAndPlainModelsDoNotGoOnFromEachOther() throws {
        let model = try learner(["joint": 1]).recommender()
        let rows = Array(0..<Int32(TasteGroups.itemCount))
        #expect(throws: WarmStart.Misfit.unused(parameter: "retrieval.items.weight")) {
            try learner(start: WarmStart(model, rows: rows))
        }
    }

    /// 120 users in batches of 7 are 18 steps.
    @Test func aLargeLogGetsFewerEpochs() throws {
        #expect(try learner().maxEpochs == 60)
        #expect(try learner(["steps": 90]).maxEpochs == 5)
        #expect(try learner(["steps": 1]).maxEpochs == 1)
    }

    @Test func refusesASetWithoutAnythingPositiveAndTooManyItems() {
        #expect(throws: ModelError.nothingToLearnFrom) {
            try learner(on: TrainingSet(itemCount: 3, histories: [[], []]))
        }
        #expect(throws: ModelError.tooManyItems(24, maximum: 5)) { try learner(["maxItems": 5]) }
    }
}
