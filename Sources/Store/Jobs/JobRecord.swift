import Support

/// A training job, as the API shows it.
package struct JobRecord: Sendable, Equatable {
    package enum State: String, Sendable, CaseIterable {
        case queued, running, succeeded, failed, cancelled
    }

    package enum Mode: String, Sendable, CaseIterable {
        /// Goes on from the version in service.
        case warm
        /// Starts from new weights.
        case full
    }

    /// The kind of a job that an erasure asked for.
    package static let erasure = "erasure"

    package let id: Int64
    package let kind: String
    package let models: [String]
    package var state: State
    package let mode: Mode
    /// Whether its results are promoted in any case.
    package let force: Bool
    /// The model in training.
    package var model: String?
    package var epoch: Int?
    package var epochs: Int?
    /// 0 to 1.
    package var progress: Double
    /// A JSON object, as text.
    package var metrics: String
    /// A JSON array, as text.
    package var results: String
    package var error: String?
    package let createdAt: Timestamp
    package var startedAt: Timestamp?
    package var finishedAt: Timestamp?

    /// Of what an erasure asked for a stop leaves everything to do.
    package var outlivesStop: Bool { kind == Self.erasure }

    /// It waits again, as if it had never begun.
    package mutating func requeue() {
        state = .queued
        startedAt = nil
    }
}

/// How the jobs are, in all.
package struct JobSummary: Sendable {
    package var counts: [JobRecord.State: Int]
    package var running: JobRecord?
    /// Of those that have run at all.
    package var lastEnded: JobRecord?
}
