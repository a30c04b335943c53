import Events

/// A model that knows items by what they are, so that it ranks a new one before anybody used it.
package protocol ContentRecommender: Recommender {
    /// The same model with more items, whose rows come behind its own.
    ///
    /// Histories may name them, and `scores` covers them. They stay out of `parameters()`: the next
    /// training learns them. What the model makes of a history that names none of them stays as it
    /// is, so that encodings that were kept remain good.
    ///
    /// - Complexity: Grows with all items that were added, not with those of the training.
    func adding(_ items: [ItemContent]) -> any ContentRecommender
}
