import Support

/// What became of a person's data: the receipt of an erasure.
package struct UserErasure: Sendable, Equatable {
    /// A stored version of a model that may have been trained with the person's events.
    package struct Checkpoint: Sendable, Equatable {
        package let model: String
        package let version: Int
        package let isInService: Bool
    }

    package let user: UserID
    package let events: Int
    /// Beside those: events that were only counts.
    package let foldedEvents: Int
    package let recommendations: Int
    /// By model and version.
    package let checkpoints: [Checkpoint]
    /// The jobs that train the models in service anew, from new weights.
    package let retrainJobs: [Int64]
}
