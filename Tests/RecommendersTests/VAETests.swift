import GradientChecking
import NeuralNetwork
import Support
import Tensor
import Testing

@testable import Recommenders

@Suite struct VAETests {
    private let users: [[Int32]] = [[0, 3], [1, 2, 6], [5]]

    /// A network for seven items with the given settings on top of the defaults.
    private func network(
        _ settings: ModelSettings, in store: inout ParameterStore<Double>
    ) throws -> VAENetwork {
        let small: ModelSettings = ["hiddenSize": 4, "latentSize": 3]
        var source = RandomSource(seed: 1)
        return VAENetwork(
            itemCount: 7,
            settings: try VAESettings(
                VAESettings.defaults.merging(small) { $1 }.merging(settings) { $1 }),
            weight: .xavierUniform, bias: .truncatedNormal(standardDeviation: 0.5), in: &store,
            random: &source)
    }

    private func batch(dropoutProbability: Double = 0.3) -> VAEBatch<Double> {
        VAEBatch(
            users.enumerated().map { row, items in
                VAEUser(
                    row: WeightedItems(
                        items: items, weights: items.indices.map { 0.5 + Float($0) }),
                    random: RandomSource(seed: 1, stream: UInt64(row)),
                    divergenceWeight: 0.2 + Double(row))
            }, itemCount: 7, latentSize: 3, dropoutProbability: dropoutProbability,
            keepsUndropped: true)
    }

    /// The whole loss by each of the network's parameters: Mult-VAE's, RecVAE's, and what lies
    /// between.
    @Test(arguments: [
        VAESettings.ofMultVAE, [:], ["denseLayers": 3], ["denseLayers": 1, "decoderLayers": 1],
    ])
    func lossHasRightGradient(settings: ModelSettings) throws {
        var store = ParameterStore<Double>()
        let network = try network(settings, in: &store)
        var previous = ParameterStore<Double>()
        _ = try self.network(settings, in: &previous)
        for id in previous.ids { previous[id].elements = previous[id].elements.map { $0 * 0.9 } }
        let batch = batch()
        for hasPrevious in [false, true] {
            let error = GradientCheck.largestError(of: store.tensors) { tape, variables in
                let pass = ForwardPass(variables, on: tape)
                return network.loss(
                    batch,
                    previous: hasPrevious
                        ? ForwardPass(previous, training: [], on: tape) : nil,
                    scale: 1 / 3, in: pass)
            }
            #expect(error < 1e-7)
        }
    }

    /// Without its divergence the loss has the decoder's whole gradient.
    @Test func reconstructionLossHasTheDecodersGradient() throws {
        var store = ParameterStore<Double>()
        let network = try network([:], in: &store)
        func gradients(
            _ loss: (VAEBatch<Double>, ForwardPass<Double>) -> Variable
        ) -> [Tensor<Double>] {
            let pass = ForwardPass(store, training: network.decoderParameters, on: Tape())
            pass.tape.backward(from: loss(batch(), pass))
            return pass.takeGradients()
        }
        let whole = gradients { network.loss($0, scale: 1, in: $1) }
        #expect(whole == gradients { network.reconstructionLoss($0, scale: 1, in: $1) })
        #expect(whole.allSatisfy { $0.elements.contains { $0 != 0 } })
    }

    @Test func inputHasLengthOneWithoutDropout() {
        let batch = batch(dropoutProbability: 0)
        #expect(batch.input == SparseRows(normalizing: users, columnCount: 7))
        #expect(batch.undropped == batch.input)
        #expect(batch.observed.weights == [0.5, 1.5, 0.5, 1.5, 2.5, 0.5])
        let squares = batch.input.weights.map { $0 * $0 }
        #expect(abs(squares[0..<2].reduce(0, +) - 1) < 1e-12 && squares[5] == 1)
    }

    @Test func dropoutLeavesTheUndroppedHistory() {
        let dropped = batch(dropoutProbability: 0.9)
        #expect(dropped.undropped == SparseRows(normalizing: users, columnCount: 7))
        #expect(dropped.input.weights.count < dropped.undropped.weights.count)
    }

    private func learner(
        _ settings: ModelSettings = [:], workers: Int = 2
    ) throws -> VAELearner {
        let small = TasteGroups.settings.filter { VAESettings.defaults[$0.key] != nil }
        return try VAELearner(
            TasteGroups.trainingSet,
            options: LearnerOptions(
                seed: 1, workers: workers, settings: small.merging(settings) { $1 }))
    }

    @Test(arguments: [[:], VAESettings.ofMultVAE])
    func lossFallsOnTheOracle(settings: ModelSettings) throws {
        var learner = try learner(settings)
        let first = try learner.runEpoch()
        for _ in 0..<20 { _ = try learner.runEpoch() }
        #expect(try learner.runEpoch() < 0.85 * first)
    }

    @Test func trainsEncoderAndDecoderInTurn() throws {
        var learner = try learner(["encoderPasses": 2])
        let phases = VAEPhase.all(of: learner.network, learner.store)
        #expect(phases.map(\.passes) == [2, 1])
        #expect(phases.map(\.dropoutProbability) == [0.5, 0])
        #expect(phases.flatMap(\.parameters) == learner.store.ids)
        let before = learner.store
        _ = try learner.runEpoch()
        for id in learner.store.ids { #expect(learner.store[id] != before[id]) }

        let together = VAEPhase.all(
            of: try self.learner(["encoderPasses": 0]).network, learner.store)
        #expect(together.map(\.parameters) == [learner.store.ids])
    }

    @Test(arguments: [
        ("compositePrior", 0.0), ("gamma", 0), ("encoderPasses", 2), ("denseLayers", 0),
    ])
    func eachPartChangesWhatIsLearned(key: String, value: Double) throws {
        func weights(_ settings: ModelSettings) throws -> [Tensor<Float>] {
            var learner = try learner(settings, workers: 1)
            for _ in 0..<2 { _ = try learner.runEpoch() }
            return learner.store.tensors
        }
        #expect(try weights([:]) != weights([key: value]))
    }

    /// The model is the running mean; training goes on from the newest weights.
    @Test func modelIsTheMeanOfTheEpochs() throws {
        var (averaging, plain) = (
            try learner(["averaging": 0.75]), try learner(["averaging": 0])
        )
        var means = [Tensor<Float>]()
        for epoch in 0..<3 {
            _ = try averaging.runEpoch()
            _ = try plain.runEpoch()
            #expect(averaging.store.tensors == plain.store.tensors)
            let newest = try plain.recommender().parameters().map { try $0.floats() }
            means = newest.enumerated().map { index, newest in
                let before = epoch == 0 ? newest : means[index].elements
                return Tensor(
                    shape: [newest.count],
                    elements: zip(before, newest).map { 0.75 * $0 + 0.25 * $1 })
            }
            for (entry, mean) in zip(averaging.recommender().parameters(), means) {
                for (value, expected) in zip(try entry.floats(), mean.elements) {
                    #expect(abs(value - expected) < 1e-5)
                }
            }
        }
    }

    @Test func divergenceGrowsWithTheUserOrWithTime() throws {
        var settings = VAESettings.defaults.merging(["beta": 0.2, "annealSteps": 100]) { $1 }
        settings["gamma"] = 0.01
        let perItem = try VAESettings(settings)
        #expect(perItem.divergenceWeight(weightSum: 30, step: 1, isWarm: false) == 0.3)
        settings["gamma"] = 0
        let annealed = try VAESettings(settings)
        #expect(annealed.divergenceWeight(weightSum: 30, step: 10, isWarm: false) == 0.1)
        #expect(annealed.divergenceWeight(weightSum: 30, step: 50, isWarm: false) == 0.2)
        #expect(annealed.divergenceWeight(weightSum: 30, step: 1, isWarm: true) == 0.2)
    }

    /// A checkpoint of the first version says nothing of what came later: it is a Mult-VAE.
    @Test func loadsACheckpointOfTheFirstVersion() throws {
        var learner = try learner(VAESettings.ofMultVAE)
        _ = try learner.runEpoch()
        let model = learner.recommender()
        let earlier = model.settings.filter { VAESettings.ofMultVAE[$0.key] == nil }
        let weights = Safetensors(entries: model.parameters())
        let loaded = try VAE.family.load(model.itemCount, weights, earlier)
        let histories = [TasteGroups.history([1, 2])]
        #expect(loaded.scores(for: histories) == model.scores(for: histories))
        #expect(loaded.settings == model.settings)

        let start = WarmStart(
            weights: weights, settings: earlier,
            rows: (0..<Int32(TasteGroups.itemCount)).map { $0 })
        let again = try VAELearner(
            TasteGroups.trainingSet,
            options: LearnerOptions(seed: 2, workers: 1, settings: model.settings, start: start))
        #expect(again.store.tensors == learner.store.tensors)
    }

    @Test func stopsAtALossThatIsNotFinite() throws {
        var learner = try learner(["hiddenSize": 4])
        let bias = learner.network.decoderItems.bias
        learner.store[bias].elements[3] = .infinity
        #expect(throws: TrainingError.notFinite(parameter: "loss", step: 1)) {
            try learner.runEpoch()
        }
    }

    @Test func refusesASetWithoutAnythingPositive() {
        let data = TrainingSet(itemCount: 3, histories: [[], []])
        #expect(throws: ModelError.nothingToLearnFrom) {
            try VAELearner(data, options: LearnerOptions(seed: 1, workers: 1, settings: [:]))
        }
    }
}
