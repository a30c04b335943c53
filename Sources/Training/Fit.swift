import Evaluation
import Events
import NeuralNetwork
import Recommenders
import Support

/// Trains epoch by epoch, measures on validation users, keeps the best epoch and stops when it
/// gets no better.
package struct Fit {
    /// One epoch, as it is reported.
    package struct Epoch: Sendable {
        package var number: Int
        package var loss: Double
        /// Of training alone, without validation.
        package var seconds: Double
        /// Empty without validation users.
        package var metrics: [MetricKey: Double]
    }

    package struct Result: Sendable {
        package var recommender: any Recommender
        /// The best one, which these weights are of.
        package var epoch: Int
        package var epochsRun: Int
        package var metrics: [MetricKey: Double]
    }

    /// With nobody to validate on, training has no sign when to stop: this many epochs then.
    package static let epochsWithoutValidation = 30

    private let evaluator: Evaluator
    private let validation: [EvaluationCase]
    private let metric: MetricKey
    private let patience: Int

    /// - Parameters:
    ///   - metric: What decides which epoch is best; one of the evaluator's.
    ///   - patience: Epochs without a better one before it stops.
    package init(
        evaluator: Evaluator, validation: [EvaluationCase], metric: MetricKey, patience: Int
    ) {
        self.evaluator = evaluator
        self.validation = validation
        self.metric = metric
        self.patience = patience
    }

    /// - Parameter onEpoch: Called after each epoch; what it throws ends the fit.
    /// - Throws: `TrainingError.notFinite` when loss or weights stop being finite.
    package func run(
        _ learner: consuming any Learner, onEpoch: (Epoch) throws -> Void
    ) throws -> Result {
        var learner = learner
        let lastEpoch =
            validation.isEmpty
            ? min(learner.maxEpochs, Self.epochsWithoutValidation) : learner.maxEpochs
        var best: Result?
        for number in 1...max(lastEpoch, 1) {
            let start = ContinuousClock.now
            let loss = try learner.runEpoch()
            let seconds = (ContinuousClock.now - start).inSeconds
            guard loss.isFinite else {
                throw TrainingError.notFinite(parameter: "loss", step: number)
            }
            let recommender = learner.recommender()
            let metrics =
                validation.isEmpty ? [:] : try evaluator.means(of: recommender, on: validation)
            try onEpoch(Epoch(number: number, loss: loss, seconds: seconds, metrics: metrics))
            let isBetter = best.map { (metrics[metric] ?? 0) > ($0.metrics[metric] ?? 0) } ?? true
            if isBetter || validation.isEmpty {
                best = Result(
                    recommender: recommender, epoch: number, epochsRun: number, metrics: metrics)
            }
            best?.epochsRun = number
            if let best, number - best.epoch >= patience { break }
        }
        return best
            ?? Result(recommender: learner.recommender(), epoch: 0, epochsRun: 0, metrics: [:])
    }
}

extension Evaluator {
    /// Every metric of a model on the given users.
    package func evaluate(
        _ recommender: any Recommender, on cases: [EvaluationCase]
    ) throws -> EvaluationResult {
        try evaluate(cases) { batch in
            recommender.scores(for: batch.map(\.history))
        }
    }

    package func means(
        of recommender: any Recommender, on cases: [EvaluationCase]
    ) throws -> [MetricKey: Double] {
        try evaluate(recommender, on: cases).means
    }
}
