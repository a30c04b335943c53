import ArgumentParser
import Foundation
import Recommenders
import Serving

/// The flags that say which model is trained, and how.
struct ModelArguments: ParsableArguments {
    @Option(
        help: """
            One of \(ModelRegistry.names.joined(separator: ", ")), \(ModelChoice.name); the last two \
            to evaluate only.
            """)
    var model: String

    @Option(help: "Seed of everything random.")
    var seed: UInt64 = 1

    @Option(
        name: .customLong("set"),
        help: """
            A setting of the model over its default, KEY=VALUE; MODEL.KEY=VALUE for one that auto or \
            blend is made of.
            """)
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

    /// Whether it is a choice among other models, or made of them.
    var isEnsemble: Bool {
        model == ModelChoice.name || ModelRegistry.combiningFamily(named: model) != nil
    }

    /// What is set over the model's defaults.
    func settings() throws -> ModelSettings {
        try settingsByModel()[model] ?? [:]
    }

    /// What is set over the defaults of the model, and of those that it is made of.
    func settingsByModel() throws -> [String: ModelSettings] {
        if !isEnsemble { _ = try family() }
        var settings: [String: ModelSettings] = [:]
        for text in overrides {
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            let path = (parts.first ?? "").split(separator: ".", maxSplits: 1).map(String.init)
            let isPart = isEnsemble && path.count == 2
            let (name, key) = isPart ? (path[0], path[1]) : (model, parts.first ?? "")
            let defaults = ModelRegistry.defaults(named: name) ?? [:]
            guard parts.count == 2, let value = Double(parts[1]), defaults[key] != nil else {
                let known = defaults.keys.sorted().joined(separator: ", ")
                throw ValidationError(
                    "--set \(text) must be KEY=NUMBER with a key of \(name): \(known)")
            }
            settings[name, default: [:]][key] = value
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
