import Foundation
import Store

/// What became of one model in a job.
package struct JobResult: Codable, Sendable, Equatable {
    package var model: String
    /// Nil where nothing was stored.
    package var version: Int?
    package var promoted: Bool
    package var reason: String
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
