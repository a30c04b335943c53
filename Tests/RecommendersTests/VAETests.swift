import GradientChecking
import NeuralNetwork
import Support
import Tensor
import Testing

@testable import Recommenders

@Suite struct VAETests {
    /// The whole loss by each of the network's parameters.
    @Test func lossHasRightGradient() {
        var store = ParameterStore<Double>()
        var source = RandomSource(seed: 1)
        let network = VAENetwork(
            itemCount: 7, hiddenSize: 4, latentSize: 3, weight: .xavierUniform,
            bias: .truncatedNormal(standardDeviation: 0.5), in: &store, random: &source)
        let users: [[Int32]] = [[0, 3], [1, 2, 6], [5]]
        let batch = VAEBatch<Double>(
            users.map { ($0, source) }, itemCount: 7, latentSize: 3, dropoutProbability: 0.3)
        let error = GradientCheck.largestError(of: store.tensors) { tape, variables in
            let pass = ForwardPass(variables, on: tape)
            return network.loss(batch, divergenceWeight: 0.2, scale: 1 / 3, in: pass)
        }
        #expect(error < 1e-7)
    }

    @Test func inputHasLengthOneWithoutDropout() {
        let users: [[Int32]] = [[0, 3, 4], [1]]
        let batch = VAEBatch<Double>(
            users.map { ($0, RandomSource(seed: 1)) }, itemCount: 5, latentSize: 2,
            dropoutProbability: 0)
        #expect(batch.input == SparseRows(normalizing: users, columnCount: 5))
        let squares = batch.input.weights.map { $0 * $0 }
        #expect(abs(squares[0..<3].reduce(0, +) - 1) < 1e-12 && squares[3] == 1)
    }

    @Test func lossFallsOnTheOracle() throws {
        var learner = try VAELearner(
            TasteGroups.trainingSet,
            options: LearnerOptions(
                seed: 1, workers: 2,
                settings: TasteGroups.settings.filter { VAE.defaults[$0.key] != nil }))
        let first = try learner.runEpoch()
        for _ in 0..<20 { _ = try learner.runEpoch() }
        #expect(try learner.runEpoch() < 0.85 * first)
    }

    @Test func stopsAtALossThatIsNotFinite() throws {
        var learner = try VAELearner(
            TasteGroups.trainingSet,
            options: LearnerOptions(seed: 1, workers: 2, settings: ["hiddenSize": 4]))
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
