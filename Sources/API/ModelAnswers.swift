import Events
import Serving
import Store
import Support

/// The answer of `GET /v1/admin/models`.
struct ModelsAnswer: Encodable, Described {
    var models: [ModelAnswer]
    var auto: [ChoiceAnswer]

    static let schema = Schema.object([
        "models": .array(of: ModelAnswer.schema), "auto": .array(of: ChoiceAnswer.schema),
    ])
}

/// Which model `auto` takes for histories of one class, and by what.
struct ChoiceAnswer: Encodable, Described {
    private let historyLength: String
    /// Null where no model is in service.
    private let model: String?
    private let version: Int?
    private let metric: String?
    private let value: Double?
    private let estimate: Double?

    init(_ length: HistoryLength, _ choice: ModelChoice) {
        let best = choice.best(for: length)
        historyLength = length.label
        model = best?.model.name
        version = best?.model.version
        metric = best?.metric
        value = best?.value
        estimate = best?.estimate
    }

    static let schema = Schema.object([
        "historyLength": .string(oneOf: HistoryLength.allCases.map(\.label)),
        "model": .string.orNull, "version": .integer.orNull, "metric": .string.orNull,
        "value": .number.orNull, "estimate": .number.orNull,
    ])

    private enum Key: String, CodingKey {
        case historyLength, model, version, metric, value, estimate
    }

    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(historyLength, forKey: .historyLength)
        try fields.encode(model, forKey: .model)
        try fields.encode(version, forKey: .version)
        try fields.encode(metric, forKey: .metric)
        try fields.encode(value, forKey: .value)
        try fields.encode(estimate, forKey: .estimate)
    }
}

/// A model with its version in service.
struct ModelAnswer: Encodable, Described {
    var name: String
    /// Null while the fallback answers in its place.
    var inService: VersionAnswer?

    static let schema = Schema.object([
        "name": .string, "inService": VersionAnswer.schema.orNull,
    ]).named("ModelInService")

    private enum Key: String, CodingKey {
        case name, inService
    }

    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(name, forKey: .name)
        try fields.encode(inService, forKey: .inService)
    }
}

/// One stored version of a model.
struct VersionAnswer: Encodable, Described {
    private let version: Int
    private let state: String
    private let inService: Bool
    /// The last event that it was trained on.
    private let watermark: Int64
    private let metrics: [String: JSONValue]
    /// What was left out of the log, and why.
    private let preprocessing: [String: JSONValue]
    private let createdAt: JSONTimestamp
    private let ageSeconds: Int64
    private let bytes: Int
    private let sha256: String
    private let reason: String?

    init(_ info: CheckpointInfo, inService: Int?, now: Timestamp) throws {
        version = info.version
        state = info.state.rawValue
        self.inService = info.version == inService
        watermark = info.watermark.rawValue
        metrics = try JSONValue.object(from: info.metrics)
        preprocessing = try JSONValue.object(from: info.preprocessing)
        createdAt = JSONTimestamp(info.createdAt)
        ageSeconds = (now - info.createdAt).components.seconds
        bytes = info.byteCount
        sha256 = info.checksum
        reason = info.reason
    }

    static let schema = Schema.object([
        "version": .integer,
        "state": .string(oneOf: CheckpointInfo.State.allCases.map(\.rawValue)),
        "inService": .boolean, "watermark": .sequence, "metrics": .map(), "preprocessing": .map(),
        "createdAt": .time, "ageSeconds": .integer, "bytes": .integer, "sha256": .string,
        "reason": .string.orAbsent,
    ]).named("Version")
}
