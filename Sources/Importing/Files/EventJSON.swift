import Events
import Foundation
import Support

/// An event object of the API, as it is written.
struct EventJSON: Decodable {
    var id: String?
    var type: String
    var user: String
    var item: String
    var value: Double?
    var time: Time?
    var recommendation: String?
    var session: String?
    var properties: [String: JSONValue]?

    enum Time: Decodable {
        case text(String)
        case milliseconds(Int64)

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            do {
                self = .milliseconds(try container.decode(Int64.self))
            } catch DecodingError.typeMismatch {
                self = .text(try container.decode(String.self))
            }
        }
    }

    func event(_ rules: EventRules) throws -> Event {
        Event(
            id: try id.map { try rules.identifier($0, field: "id") },
            type: try rules.identifier(type, field: "type"),
            user: try rules.user(user), item: try rules.item(item),
            value: try value.map { try rules.value($0) }, time: try checkedTime(rules),
            recommendation: try recommendation.map {
                try rules.identifier($0, field: "recommendation")
            },
            session: try session.map { try rules.identifier($0, field: "session") },
            properties: try properties.map { try JSONText.object($0) })
    }

    private func checkedTime(_ rules: EventRules) throws -> Timestamp? {
        switch time {
        case .none: nil
        case .text(let text): try rules.time(text)
        case .milliseconds(let count): try rules.time(Timestamp(milliseconds: count))
        }
    }
}

extension RuleViolation {
    /// What the decoder found, in the words of this module.
    init(decoding error: any Error) {
        self =
            switch error {
            case let violation as RuleViolation: violation
            case DecodingError.keyNotFound(let key, _):
                RuleViolation(reason: "\(key.stringValue) is required")
            case DecodingError.valueNotFound(_, let context):
                RuleViolation(reason: "\(Self.field(context)) is null")
            case DecodingError.typeMismatch(_, let context):
                RuleViolation(reason: "\(Self.field(context)) has another type of value")
            default: RuleViolation(reason: "not JSON")
            }
    }

    private static func field(_ context: DecodingError.Context) -> String {
        context.codingPath.first?.stringValue ?? "the line"
    }
}
