import Evaluation
import Events
import NeuralNetwork
import Recommenders
import Support

/// Trains epoch by epoch, measures on validation users, keeps the best epoch and stops when it
/// gets no better. Weights of an earlier model are epoch 0 and compete with what comes after.
package struct Fit {
    /// One epoch, as it is reported.
    package struct Epoch: Sendable {
        /// 0 is the start, before any training.
        package var number: Int
        /// Nil for epoch 0.
        package var loss: Double?
        /// Of training alone, without validation.
        package var seconds: Double
        /// Empty where this epoch was not validated.
        package var metrics: [MetricKey: Double]
    }

    package struct Result: Sendable {
        package var recommender: any Recommender
        /// The best one, which these weights are of.
        package var epoch: Int
        package var epochsRun: Int
        package var metrics: [MetricKey: Double]
        /// The learner's, for the model's origin.
        package var notes: [String: String] = [:]
        /// Why the training ended before its time; nil where it didn't.
        package var failure: TrainingError?

        /// What is to be told of the failure; nil without one.
        package var failureNote: String? { failure.map { "\($0); epoch \(epoch) is kept" } }
    }

    /// With nobody to validate on, training has no sign when to stop: this many epochs then.
    package static let epochsWithoutValidation = 30

    private let evaluator: Evaluator
    private let validation: [EvaluationCase]
    private let metric: MetricKey
    private let patience: Int
    private let validationInterval: Int

    /// - Parameters:
    ///   - metric: What decides which epoch is best; one of the evaluator's.
    ///   - patience: Epochs without a better one before it stops.
    ///   - validationInterval: Epochs from one validation to the next. The last one is validated
    ///     in any case.
    package init(
        evaluator: Evaluator, validation: [EvaluationCase], metric: MetricKey, patience: Int,
        validationInterval: Int = 1
    ) {
        precondition(validationInterval > 0, "validation every \(validationInterval) epochs")
        self.evaluator = evaluator
        self.validation = validation
        self.metric = metric
        self.patience = patience
        self.validationInterval = validationInterval
    }

    /// A training that diverges or collapses ends with the best epoch before that, and the result
    /// says why.
    ///
    /// - Parameter onEpoch: Called after each epoch; what it throws ends the fit.
    /// - Throws: `TrainingError` when loss or weights stop being finite, or a generator collapses,
    ///   before any epoch was measured.
    package func run(
        _ learner: consuming any Learner, onEpoch: (Epoch) throws -> Void
    ) throws -> Result {
        var learner = learner
        let lastEpoch = lastEpoch(of: learner)
        var best: Result?
        if learner.isWarm {
            let start = try measure(learner, epoch: 0)
            try onEpoch(Epoch(number: 0, loss: nil, seconds: 0, metrics: start.metrics))
            best = start
        }
        for number in 1...lastEpoch {
            let (loss, seconds): (Double, Double)
            do {
                (loss, seconds) = try train(&learner, epoch: number)
            } catch let error as TrainingError {
                guard var kept = best else { throw error }
                kept.failure = error
                return kept
            }
            var metrics: [MetricKey: Double] = [:]
            if number == lastEpoch || isDue(number) || hasLostPatience(at: number, best) {
                let measured = try measure(learner, epoch: number)
                metrics = measured.metrics
                if isBetter(measured, than: best) { best = measured }
            }
            best?.epochsRun = number
            try onEpoch(Epoch(number: number, loss: loss, seconds: seconds, metrics: metrics))
            if hasLostPatience(at: number, best) { break }
        }
        guard let best else { preconditionFailure("none of \(lastEpoch) epochs was measured") }
        return best
    }

    /// Trains as many epochs as an earlier fit chose, without looking at validation: once everything
    /// is decided, with the validation events among the training data.
    ///
    /// - Parameter epochs: At least 1.
    package func refit(
        _ learner: consuming any Learner, epochs: Int
    ) throws -> any Recommender {
        var learner = learner
        for epoch in 1...epochs { _ = try train(&learner, epoch: epoch) }
        return learner.recommender()
    }

    private func lastEpoch(of learner: any Learner) -> Int {
        let count =
            validation.isEmpty
            ? min(learner.maxEpochs, Self.epochsWithoutValidation) : learner.maxEpochs
        return max(count, 1)
    }

    private func isDue(_ epoch: Int) -> Bool {
        !validation.isEmpty && epoch % validationInterval == 0
    }

    private func hasLostPatience(at epoch: Int, _ best: Result?) -> Bool {
        !validation.isEmpty && epoch - (best?.epoch ?? 0) >= patience
    }

    /// With nobody to say so, the later one is.
    private func isBetter(_ measured: Result, than best: Result?) -> Bool {
        guard let best, !validation.isEmpty else { return true }
        return (measured.metrics[metric] ?? 0) > (best.metrics[metric] ?? 0)
    }

    private func train(
        _ learner: inout any Learner, epoch: Int
    ) throws -> (loss: Double, seconds: Double) {
        let start = ContinuousClock.now
        let loss = try learner.runEpoch()
        let seconds = (ContinuousClock.now - start).inSeconds
        guard loss.isFinite else {
            throw TrainingError.notFinite(parameter: "loss", step: epoch)
        }
        return (loss, seconds)
    }

    private func measure(_ learner: any Learner, epoch: Int) throws -> Result {
        let recommender = learner.recommender()
        let metrics =
            validation.isEmpty ? [:] : try evaluator.means(of: recommender, on: validation)
        return Result(
            recommender: recommender, epoch: epoch, epochsRun: epoch, metrics: metrics,
            notes: learner.notes)
    }
}

extension Fit {
    /// Takes patience and validation interval from a model's settings.
    ///
    /// - Parameter settings: With the family's defaults. Methods without epochs have neither key.
    /// - Throws: `ModelError.invalidSetting`.
    package init(
        evaluator: Evaluator, validation: [EvaluationCase], metric: MetricKey,
        settings: ModelSettings
    ) throws(ModelError) {
        let stopping = try StoppingSettings(settings)
        self.init(
            evaluator: evaluator, validation: validation, metric: metric,
            patience: stopping.patience, validationInterval: stopping.validationInterval)
    }
}

extension Evaluator {
    /// Every metric of a model on the given users.
    package func evaluate(
        _ recommender: any Recommender, on cases: [EvaluationCase],
        onProgress: @Sendable (_ measured: Int, _ of: Int) -> Void = { _, _ in }
    ) throws -> EvaluationResult {
        try evaluate(cases, onProgress: onProgress) { batch in
            recommender.scores(for: batch.map(\.history))
        }
    }

    package func means(
        of recommender: any Recommender, on cases: [EvaluationCase]
    ) throws -> [MetricKey: Double] {
        try evaluate(recommender, on: cases).means
    }
}
