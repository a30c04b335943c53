import NeuralNetwork

/// A line of registration: what the trainer, the loader and the command line need to know of a
/// kind of model.
package struct ModelFamily: Sendable {
    /// What a family's models look at in a history.
    package enum Reading: Sendable {
        /// Nothing: everybody gets the same answer, the unknown visitor too.
        case nothing
        /// Which items there are with positive strength.
        case items
        /// Their order or times too.
        case order
    }

    package let name: String
    /// Every key that the configuration may set, with its default.
    package let defaults: ModelSettings
    /// Whether its models know items by their contents too: then it is given items that nobody
    /// liked yet, and its models are `ContentRecommender`s.
    package let readsContent: Bool
    package let reads: Reading
    /// - Throws: `ModelError` when a setting or the data is out of the model's range, and
    ///   `WarmStart.Misfit` when there is no going on from the options' start.
    package let makeLearner: @Sendable (TrainingSet, LearnerOptions) throws -> any Learner
    /// Item count, weights and settings to a model.
    ///
    /// - Throws: `ModelError` or `SafetensorsError` when the weights don't fit the rest.
    package let load: @Sendable (Int, Safetensors, ModelSettings) throws -> any Recommender

    package init(
        name: String, defaults: ModelSettings, readsContent: Bool = false,
        reads: Reading = .items,
        makeLearner: @escaping @Sendable (TrainingSet, LearnerOptions) throws -> any Learner,
        load: @escaping @Sendable (Int, Safetensors, ModelSettings) throws -> any Recommender
    ) {
        self.name = name
        self.defaults = defaults
        self.readsContent = readsContent
        self.reads = reads
        self.makeLearner = makeLearner
        self.load = load
    }
}

/// All kinds of models.
package enum ModelRegistry {
    package static let families: [ModelFamily] = [
        PopularityModel.family, RecentModel.family, ItemKNN.family, UserKNN.family, EASE.family,
        MarkovChain.family, ContentModel.family, DNN.family, GAN.family, VAE.family,
        Transformer.family, Transformer.largeFamily,
    ]

    /// The kinds that are made of models of other kinds.
    package static let combiningFamilies: [CombiningFamily] = [Blend.family]

    /// The name of every kind of model.
    package static let names = families.map(\.name) + combiningFamilies.map(\.name)

    /// The family that is registered under the name; nil for an unknown one, or a combining one.
    package static func family(named name: String) -> ModelFamily? {
        families.first { $0.name == name }
    }

    /// The combining family that is registered under the name; nil for an unknown one.
    package static func combiningFamily(named name: String) -> CombiningFamily? {
        combiningFamilies.first { $0.name == name }
    }

    /// What can be set of a kind of model; nil for an unknown name.
    package static func defaults(named name: String) -> ModelSettings? {
        family(named: name)?.defaults ?? combiningFamily(named: name)?.defaults
    }
}
