import NeuralNetwork

/// A line of registration: what the trainer, the loader and the command line need to know of a
/// kind of model.
package struct ModelFamily: Sendable {
    package let name: String
    /// Every key that the configuration may set, with its default.
    package let defaults: ModelSettings
    /// Whether its models know items by their contents too: then it is given items that nobody
    /// liked yet, and its models are `ContentRecommender`s.
    package let readsContent: Bool
    /// - Throws: `ModelError` when a setting or the data is out of the model's range, and
    ///   `WarmStart.Misfit` when there is no going on from the options' start.
    package let makeLearner: @Sendable (TrainingSet, LearnerOptions) throws -> any Learner
    /// Item count, weights and settings to a model.
    ///
    /// - Throws: `ModelError` or `SafetensorsError` when the weights don't fit the rest.
    package let load: @Sendable (Int, Safetensors, ModelSettings) throws -> any Recommender

    package init(
        name: String, defaults: ModelSettings, readsContent: Bool = false,
        makeLearner: @escaping @Sendable (TrainingSet, LearnerOptions) throws -> any Learner,
        load: @escaping @Sendable (Int, Safetensors, ModelSettings) throws -> any Recommender
    ) {
        self.name = name
        self.defaults = defaults
        self.readsContent = readsContent
        self.makeLearner = makeLearner
        self.load = load
    }
}

/// All kinds of models.
package enum ModelRegistry {
    package static let families: [ModelFamily] = [
        PopularityModel.family, EASE.family, VAE.family, Transformer.family,
        Transformer.largeFamily, DNN.family,
    ]

    /// The family that is registered under the name; nil for an unknown one.
    package static func family(named name: String) -> ModelFamily? {
        families.first { $0.name == name }
    }
}
