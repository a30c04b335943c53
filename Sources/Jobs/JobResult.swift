import Foundation
import Store

/// What became of one model in a job.
package struct JobResult: Codable, Sendable, Equatable {
    package var model: String
    /// Nil where nothing was stored.
    package var version: Int?
    /// What the training started from: `version 3`, `fresh`, or `fresh: ` and why, where a warm
    /// start was asked for. Nil where nothing was stored.
    package var start: String?
    package var promoted: Bool
    package var reason: String

    /// What is absent is null, not left out: clients read this form.
    package func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(model, forKey: .model)
        try fields.encode(version, forKey: .version)
        try fields.encode(start, forKey: .start)
        try fields.encode(promoted, forKey: .promoted)
        try fields.encode(reason, forKey: .reason)
    }
}

/// JSON texts that a job's row keeps.
enum JobText {
    static func encode(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}

extension JobRecord.State {
    /// Whether nothing will change any more.
    var isFinal: Bool { self == .succeeded || self == .failed || self == .cancelled }
}
