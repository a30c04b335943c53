import Evaluation
import Events
import NeuralNetwork
import Recommenders
import Support
import TestSupport
import Testing

@testable import Training

/// Ranks the one target at the place that the script says, epoch by epoch.
private struct ScriptedLearner: Learner {
    var places: [Int]
    var losses: [Double] = []
    var epoch = 0

    var maxEpochs: Int { places.count }

    mutating func runEpoch() throws -> Double {
        epoch += 1
        return losses.isEmpty ? 1 / Double(epoch) : losses[epoch - 1]
    }

    func recommender() -> any Recommender { ScriptedModel(place: places[epoch - 1]) }
}

/// Of ten items, row 9 has the given place in the ranking and row 0 is the input.
private struct ScriptedModel: Recommender {
    let place: Int
    var itemCount: Int { 10 }
    var settings: ModelSettings { ["place": Double(place)] }

    func canAnswer(_ history: History) -> Bool { true }

    func scores(for histories: [History]) -> [Float] {
        histories.flatMap { _ in (0..<9).map { Float(9 - $0) } + [9.5 - Float(place)] }
    }

    func parameters() -> [Safetensors.Entry] { [] }
}

@Suite struct FitTests {
    private let metric = MetricKey(.ndcg, at: 10)

    private func fit(patience: Int, validation: Bool = true) -> Fit {
        let time = TemporaryStore.start
        let one = EvaluationCase(
            input: [Interaction(item: ItemIndex(0), time: time)], targets: [ItemIndex(9)],
            now: time)
        return Fit(
            evaluator: Evaluator(metrics: [metric], itemCount: 10),
            validation: validation ? [one] : [], metric: metric, patience: patience)
    }

    @Test func keepsTheBestEpochAndStopsWhenItGetsNoBetter() throws {
        var epochs: [Int] = []
        let learner = ScriptedLearner(places: [5, 3, 1, 2, 1, 4, 1, 1])
        let result = try fit(patience: 3).run(learner) { epochs.append($0.number) }
        #expect(result.epoch == 3)
        #expect(result.epochsRun == 6)
        #expect(result.recommender.settings == ["place": 1])
        #expect(result.metrics[metric] == 1)
        #expect(epochs == Array(1...6))
    }

    @Test func endsWithTheLastEpochWhereItGetsBetterToTheEnd() throws {
        let result = try fit(patience: 1).run(ScriptedLearner(places: [5, 4, 3, 2])) { _ in }
        #expect(result.epoch == 4)
        #expect(result.recommender.settings == ["place": 2])
    }

    @Test func runsAFixedNumberOfEpochsWithNobodyToValidateOn() throws {
        let learner = ScriptedLearner(places: Array(repeating: 1, count: 100))
        let result = try fit(patience: 1, validation: false).run(learner) { epoch in
            #expect(epoch.metrics.isEmpty)
        }
        #expect(result.epoch == Fit.epochsWithoutValidation)
        #expect(result.epochsRun == Fit.epochsWithoutValidation)
    }

    @Test(arguments: [Double.nan, .infinity])
    func endsWhenTheLossIsNotFinite(loss: Double) {
        let learner = ScriptedLearner(places: [1, 1, 1], losses: [1, loss, 1])
        var epochs = 0
        #expect(throws: TrainingError.notFinite(parameter: "loss", step: 2)) {
            try fit(patience: 5).run(learner) { _ in epochs += 1 }
        }
        #expect(epochs == 1)
    }

    @Test func endsWithWhatTheCallerThrows() {
        #expect(throws: CancellationError.self) {
            try fit(patience: 5).run(ScriptedLearner(places: [1, 1])) { _ in
                throw CancellationError()
            }
        }
    }
}
