import ArgumentParser
import Foundation
import Recommenders

/// The flags that say which model is trained, and how.
struct ModelArguments: ParsableArguments {
    @Option(help: "One of \(ModelRegistry.families.map(\.name).joined(separator: ", ")).")
    var model: String

    @Option(help: "Seed of everything random.")
    var seed: UInt64 = 1

    @Option(name: .customLong("set"), help: "A setting of the model over its default, KEY=VALUE.")
    var overrides: [String] = []

    @Option(help: "Threads. (default: one per core)")
    var workers: Int?

    var threads: Int { workers ?? ProcessInfo.processInfo.activeProcessorCount }

    func validate() throws {
        guard threads > 0 else { throw ValidationError("--workers must be 1 or more") }
        _ = try settings()
    }

    func family() throws -> ModelFamily {
        guard let family = ModelRegistry.family(named: model) else {
            throw ValidationError("there is no model named \(model)")
        }
        return family
    }

    /// What is set over the family's defaults.
    func settings() throws -> ModelSettings {
        let family = try family()
        var settings: ModelSettings = [:]
        for text in overrides {
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, let value = Double(parts[1]),
                family.defaults[parts[0]] != nil
            else {
                let known = family.defaults.keys.sorted().joined(separator: ", ")
                throw ValidationError("--set \(text) must be KEY=NUMBER with a key of: \(known)")
            }
            settings[parts[0]] = value
        }
        return settings
    }

    /// The settings with the family's defaults.
    func allSettings() throws -> ModelSettings {
        try family().defaults.merging(try settings()) { $1 }
    }

    func learner(on data: TrainingSet, start: WarmStart? = nil) throws -> any Learner {
        try family().makeLearner(
            data,
            LearnerOptions(
                seed: seed, workers: threads, settings: try settings(), start: start))
    }
}
