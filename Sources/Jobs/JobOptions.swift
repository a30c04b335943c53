import Foundation
import Support
import TrainerPipe

/// When the service retrains by itself, and what the trainer is given.
package struct JobOptions: Sendable {
    /// The program that is the trainer, and its arguments.
    package var trainer = URL(fileURLWithPath: "/proc/self/exe")
    package var trainerArguments = ["train-worker"]
    package var database: String
    /// What a retrain without `models` trains.
    package var enabledModels: [String]
    /// What it may train when asked by name.
    package var knownModels: [String]
    package var retrainsByItself = true
    /// As many new events start a retrain,
    package var retrainAfterEvents = 10_000
    /// or as much time with at least one new event.
    package var retrainAfter = Duration.seconds(60 * 60)
    /// An erasure has the models in service trained anew that may have seen what was erased.
    package var retrainsAfterErasure = true
    package var settings: [String: [String: Double]] = [:]
    package var meanings: [String: TrainerRequest.Meaning] = [:]
    package var preprocessing = PreprocessingSettings()
    package var seed: UInt64 = 1
    package var workers: Int
    package var memoryBytes = 4 << 30
    package var niceness = 10

    package init(
        database: String, enabledModels: [String], knownModels: [String]? = nil, workers: Int
    ) {
        self.database = database
        self.enabledModels = enabledModels
        self.knownModels = knownModels ?? enabledModels
        self.workers = workers
    }
}
