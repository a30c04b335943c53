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
    /// Where an earlier model's weights rank the target; nil for new weights.
    var startPlace: Int?
    var epoch = 0

    var isWarm: Bool { startPlace != nil }
    var maxEpochs: Int { places.count }

    mutating func runEpoch() throws -> Double {
        epoch += 1
        return losses.isEmpty ? 1 / Double(epoch) : losses[epoch - 1]
    }

    func recommender() -> any Recommender {
        ScriptedModel(place: epoch == 0 ? startPlace ?? 10 : places[epoch - 1])
    }
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

    private func fit(patience: Int, validation: Bool = true, interval: Int = 1) -> Fit {
        let time = TemporaryStore.start
        let one = EvaluationCase(
            input: [Interaction(item: ItemIndex(0), time: time)], targets: [ItemIndex(9)],
            now: time)
        return Fit(
            evaluator: Evaluator(metrics: [metric], itemCount: 10),
            validation: validation ? [one] : [], metric: metric, patience: patience,
            validationInterval: interval)
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

    @Test func refitRunsTheChosenEpochsWhateverValidationWouldSay() throws {
        let learner = ScriptedLearner(places: [1, 5, 3, 4], losses: [1, 1, 1, .nan])
        let fit = fit(patience: 1)
        #expect(try fit.refit(learner, epochs: 3).settings == ["place": 3])
        #expect(throws: TrainingError.notFinite(parameter: "loss", step: 4)) {
            try fit.refit(learner, epochs: 4)
        }
    }

    @Test func keepsTheStartWhereNoEpochGetsBetter() throws {
        var epochs: [Int] = []
        var learner = ScriptedLearner(places: [3, 2, 2, 1, 1])
        learner.startPlace = 2
        let result = try fit(patience: 3).run(learner) { epoch in
            epochs.append(epoch.number)
            #expect((epoch.loss == nil) == (epoch.number == 0))
            #expect(!epoch.metrics.isEmpty)
        }
        #expect(result.epoch == 0)
        #expect(result.epochsRun == 3)
        #expect(result.recommender.settings == ["place": 2])
        #expect(epochs == [0, 1, 2, 3])
    }

    @Test func leavesTheStartForABetterEpoch() throws {
        var learner = ScriptedLearner(places: [3, 1])
        learner.startPlace = 2
        let result = try fit(patience: 3).run(learner) { _ in }
        #expect(result.epoch == 2)
        #expect(result.recommender.settings == ["place": 1])
    }

    @Test func goesOnFromTheStartWithNobodyToValidateOn() throws {
        var learner = ScriptedLearner(places: [3, 5, 4])
        learner.startPlace = 1
        let result = try fit(patience: 1, validation: false).run(learner) { epoch in
            #expect(epoch.metrics.isEmpty)
        }
        #expect(result.epoch == 3)
        #expect(result.recommender.settings == ["place": 4])
    }

    /// Epoch 2 would be the best, but nobody looks at it.
    @Test func validatesEveryFewEpochsAndTheLast() throws {
        var validated: [Int] = []
        let learner = ScriptedLearner(places: [4, 1, 5, 3, 2, 2, 2, 2])
        let result = try fit(patience: 9, interval: 3).run(learner) { epoch in
            if !epoch.metrics.isEmpty { validated.append(epoch.number) }
        }
        #expect(validated == [3, 6, 8])
        #expect(result.epoch == 6)
        #expect(result.epochsRun == 8)
        #expect(result.recommender.settings == ["place": 2])
    }

    /// Patience ends in epoch 7, four after the best one: that one is looked at and decides.
    @Test(arguments: [(2, 7, 3), (1, 9, 7)])
    func countsPatienceInEpochs(place: Int, epochsRun: Int, best: Int) throws {
        var validated: [Int] = []
        let learner = ScriptedLearner(places: [9, 9, 2, 9, 9, 9, place, 9, 9])
        let result = try fit(patience: 4, interval: 3).run(learner) { epoch in
            if !epoch.metrics.isEmpty { validated.append(epoch.number) }
        }
        #expect(validated == (place == 2 ? [3, 6, 7] : [3, 6, 7, 9]))
        #expect(result.epochsRun == epochsRun)
        #expect(result.epoch == best)
    }

    @Test func takesItsRulesFromTheModelsSettings() throws {
        func fit(_ settings: ModelSettings) throws -> [Int] {
            let fit = try Fit(
                evaluator: Evaluator(metrics: [metric], itemCount: 10),
                validation: [
                    EvaluationCase(
                        input: [], targets: [ItemIndex(9)], now: TemporaryStore.start)
                ], metric: metric, settings: settings)
            var validated: [Int] = []
            _ = try fit.run(ScriptedLearner(places: [1, 2, 2, 2, 2, 2])) { epoch in
                if !epoch.metrics.isEmpty { validated.append(epoch.number) }
            }
            return validated
        }
        #expect(try fit(["patience": 3]) == [1, 2, 3, 4])
        #expect(try fit(["patience": 3, "validationInterval": 2]) == [2, 4, 5])
        #expect(try fit([:]) == [1, 2])
        for wrong in [0, 0.5, .infinity, .nan, -1] as [Double] {
            #expect(throws: ModelError.self) { try fit(["patience": wrong]) }
            #expect(throws: ModelError.self) { try fit(["validationInterval": wrong]) }
        }
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
    func keepsTheBestEpochBeforeTheLossIsNotFinite(loss: Double) throws {
        let learner = ScriptedLearner(places: [3, 1, 2, 1, 1], losses: [1, 1, 1, loss, 1])
        var epochs = 0
        let result = try fit(patience: 5).run(learner) { _ in epochs += 1 }
        #expect(epochs == 3)
        #expect(result.epoch == 2 && result.epochsRun == 3)
        #expect(result.recommender.settings == ["place": 1])
        #expect(result.failure == .notFinite(parameter: "loss", step: 4))
        #expect(result.failureNote?.hasSuffix("; epoch 2 is kept") == true)
        let healthy = try fit(patience: 5).run(ScriptedLearner(places: [3, 1])) { _ in }
        #expect(healthy.failure == nil && healthy.failureNote == nil)
    }

    /// Neither an epoch that nobody measured, nor one of somebody else's error, is a result.
    @Test func failsWhereNoEpochWasMeasured() {
        #expect(throws: TrainingError.notFinite(parameter: "loss", step: 1)) {
            try fit(patience: 5).run(ScriptedLearner(places: [1], losses: [.nan])) { _ in }
        }
        let late = ScriptedLearner(places: [1, 1, 1], losses: [1, .nan, 1])
        #expect(throws: TrainingError.notFinite(parameter: "loss", step: 2)) {
            try fit(patience: 5, interval: 3).run(late) { _ in }
        }
    }

    @Test func keepsTheStartWhereTheFirstEpochFails() throws {
        var learner = ScriptedLearner(places: [1, 1], losses: [.nan, 1])
        learner.startPlace = 4
        let result = try fit(patience: 5).run(learner) { _ in }
        #expect(result.epoch == 0 && result.recommender.settings == ["place": 4])
    }

    @Test func endsWithWhatTheCallerThrows() {
        #expect(throws: CancellationError.self) {
            try fit(patience: 5).run(ScriptedLearner(places: [1, 1])) { _ in
                throw CancellationError()
            }
        }
    }
}
