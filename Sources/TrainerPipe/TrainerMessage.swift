import Foundation

/// What the service asks of a trainer; the one message in that direction.
package struct TrainerRequest: Codable, Sendable, Equatable {
    package var database: String
    /// Names of families, trained in this order.
    package var models: [String]
    /// By model, over the family's defaults.
    package var settings: [String: [String: Double]]
    /// What each type of event means, as configured.
    package var meanings: [String: Meaning]
    /// The version in service of each model, to be measured against, to go on from and to be
    /// combined; absent without one.
    package var incumbents: [String: Int]
    /// Whether each model goes on from its version in service, in place of new weights.
    package var isWarm: Bool
    /// Those whose version in service may have been trained with somebody who was erased: nothing
    /// goes on from these.
    package var forgetting: [String]
    package var seed: UInt64
    package var workers: Int
    package var memoryBytes: Int
    package var niceness: Int
    package var preprocessing: PreprocessingSettings

    package struct Meaning: Codable, Sendable, Equatable {
        package var weight: Double
        package var isNegative: Bool
        package var isSeen: Bool
        package var positiveFrom: Double?

        package init(weight: Double, isNegative: Bool, isSeen: Bool, positiveFrom: Double?) {
            self.weight = weight
            self.isNegative = isNegative
            self.isSeen = isSeen
            self.positiveFrom = positiveFrom
        }
    }

    package init(
        database: String, models: [String], settings: [String: [String: Double]],
        meanings: [String: Meaning], incumbents: [String: Int], isWarm: Bool,
        forgetting: [String] = [], seed: UInt64, workers: Int, memoryBytes: Int, niceness: Int,
        preprocessing: PreprocessingSettings = PreprocessingSettings()
    ) {
        self.database = database
        self.models = models
        self.settings = settings
        self.meanings = meanings
        self.incumbents = incumbents
        self.isWarm = isWarm
        self.forgetting = forgetting
        self.seed = seed
        self.workers = workers
        self.memoryBytes = memoryBytes
        self.niceness = niceness
        self.preprocessing = preprocessing
    }
}

/// What a trainer says to the service: first what it left out of the log; then for each model
/// progress and the checkpoint with its parts; at the end `finished` or `failed`.
package enum TrainerMessage: Codable, Sendable, Equatable {
    case preprocessed(PreprocessingReport)
    case progress(TrainingProgress)
    case checkpointBegins(CheckpointHeader)
    case checkpointEnds(byteCount: Int, sha256: String)
    /// The model can't be trained on this log; nothing was stored.
    case skipped(model: String, reason: String)
    case finished
    case failed(reason: String)
}

/// How far the training of one model is.
package struct TrainingProgress: Codable, Sendable, Equatable {
    package var model: String
    /// 0 is the start of a warm one, before any training.
    package var epoch: Int
    package var epochs: Int
    /// Of `loss` and the validation metrics, such as `ndcg@10`, what this epoch has.
    package var metrics: [String: Double]

    package init(model: String, epoch: Int, epochs: Int, metrics: [String: Double]) {
        self.model = model
        self.epoch = epoch
        self.epochs = epochs
        self.metrics = metrics
    }
}

/// What comes before the parts of a checkpoint.
package struct CheckpointHeader: Codable, Sendable, Equatable {
    package var model: String
    /// What its training started from: `version 3`, `fresh`, or `fresh: ` and why, where a warm
    /// start was asked for.
    package var start: String
    /// The last event of the log that was read.
    package var watermark: Int64
    /// On the users that no version trains on.
    package var metrics: [String: Double]
    /// The stored version of each model that this one is made of; empty for those that stand alone.
    package var components: [String: Int]
    package var comparison: GateMeasurement
    /// What the job's result tells beside the comparison; nil for nothing.
    package var note: String?

    package init(
        model: String, start: String, watermark: Int64, metrics: [String: Double],
        components: [String: Int] = [:], comparison: GateMeasurement, note: String? = nil
    ) {
        self.model = model
        self.start = start
        self.watermark = watermark
        self.metrics = metrics
        self.components = components
        self.comparison = comparison
        self.note = note
    }
}

/// Candidate against what it would replace, on the same users, paired.
package struct GateMeasurement: Codable, Sendable, Equatable {
    /// Such as `ndcg@10`.
    package var metric: String
    /// The version compared with; nil for popularity.
    package var incumbentVersion: Int?
    package var candidate: Double
    package var incumbent: Double
    /// Of the mean difference: candidate − incumbent, with its 95 % interval.
    package var difference: Double
    package var lower: Double
    package var upper: Double
    package var users: Int

    package init(
        metric: String, incumbentVersion: Int?, candidate: Double, incumbent: Double,
        difference: Double, lower: Double, upper: Double, users: Int
    ) {
        self.metric = metric
        self.incumbentVersion = incumbentVersion
        self.candidate = candidate
        self.incumbent = incumbent
        self.difference = difference
        self.lower = lower
        self.upper = upper
        self.users = users
    }
}

extension FrameChannel {
    package func send(_ message: some Encodable) throws {
        try write(Frame(kind: .message, payload: [UInt8](JSONEncoder().encode(message))))
    }

    /// Sends a checkpoint's bytes in parts.
    package func sendParts(of bytes: [UInt8], partSize: Int = 4 << 20) throws {
        for start in stride(from: 0, to: bytes.count, by: partSize) {
            let part = Array(bytes[start..<min(start + partSize, bytes.count)])
            try write(Frame(kind: .part, payload: part))
        }
    }
}

extension Frame {
    package func decoded<Message: Decodable>(as type: Message.Type) throws -> Message {
        try JSONDecoder().decode(type, from: Data(payload))
    }
}
