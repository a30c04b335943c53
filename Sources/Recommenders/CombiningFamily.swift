import Evaluation
import NeuralNetwork
import Support

/// A line of registration for a kind of model that is made of other, trained models. It learns
/// from what they score and not from the log, so it is trained after them, on versions that are in
/// service; its checkpoint names those versions and holds what it learned of its own.
package struct CombiningFamily: Sendable {
    package let name: String
    /// Every key that the configuration may set, with its default.
    package let defaults: ModelSettings
    /// The names of the models that it may combine under these settings, over the defaults.
    ///
    /// - Throws: `ModelError` when a setting is unknown or out of range.
    package let candidates: @Sendable (ModelSettings) throws -> [String]
    /// Makes the model of those candidates that there are.
    ///
    /// - Throws: `ModelError` when a setting is out of range or there is nothing to combine.
    package let combine:
        @Sendable ([String: ModelComponent], CombiningOptions) throws -> any CombiningRecommender
    /// Item count, weights, settings and components to a model.
    ///
    /// - Throws: `ModelError` or `SafetensorsError` when the weights don't fit the rest.
    package let load:
        @Sendable (Int, Safetensors, ModelSettings, [String: ModelComponent]) throws
            -> any CombiningRecommender

    package init(
        name: String, defaults: ModelSettings,
        candidates: @escaping @Sendable (ModelSettings) throws -> [String],
        combine:
            @escaping @Sendable ([String: ModelComponent], CombiningOptions) throws
            -> any CombiningRecommender,
        load:
            @escaping @Sendable (Int, Safetensors, ModelSettings, [String: ModelComponent]) throws
            -> any CombiningRecommender
    ) {
        self.name = name
        self.defaults = defaults
        self.candidates = candidates
        self.combine = combine
        self.load = load
    }
}

/// A trained model as a part of another one: with the way from that one's rows to its own.
package struct ModelComponent: Sendable {
    package let recommender: any Recommender
    package let renumbering: ItemRenumbering

    package init(_ recommender: any Recommender, _ renumbering: ItemRenumbering) {
        self.recommender = recommender
        self.renumbering = renumbering
    }

    /// On the numbering that it was trained with.
    package init(_ recommender: any Recommender) {
        self.init(recommender, ItemRenumbering(itemCount: recommender.itemCount))
    }
}

/// What a combination needs to know besides its components.
package struct CombiningOptions: Sendable {
    package var itemCount: Int
    /// The users whose targets it should rank high; no component was trained on them.
    package var validation: [EvaluationCase]
    /// What ranking high means; a metric of single users.
    package var metric: MetricKey
    package var workers: Int
    package var settings: ModelSettings

    package init(
        itemCount: Int, validation: [EvaluationCase], metric: MetricKey, workers: Int,
        settings: ModelSettings
    ) {
        self.itemCount = itemCount
        self.validation = validation
        self.metric = metric
        self.workers = workers
        self.settings = settings
    }
}

/// A model that is made of others. Its `parameters()` are its own alone.
package protocol CombiningRecommender: Recommender {
    /// The names of the models that it can't do without, in alphabetical order.
    var componentNames: [String] { get }
}
