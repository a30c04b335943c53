import Events
import Foundation
import Support

/// Why one event of an upload isn't stored. The others are.
struct Rejection: Error, Encodable, Equatable {
    enum Code: String, Encodable {
        case invalidEvent = "invalid-event"
        case invalidID = "invalid-id"
        case invalidTime = "invalid-time"
        case invalidItem = "invalid-item"
        case conflict
    }

    var index = 0
    var code: Code
    /// Names the field and the rule.
    var detail: String
}

/// One event as it was posted, judged by itself: a bad one costs no other.
struct EventDraft: Decodable {
    let verdict: Result<Event, Rejection>

    private enum Key: String, CodingKey {
        case id, type, user, item, value, time, recommendation, session, properties
    }

    init(from decoder: any Decoder) {
        verdict = Result {
            do {
                return try Self.event(decoder)
            } catch let error as DecodingError {
                throw Rejection(code: .invalidEvent, detail: JSONCoding.describe(local: error))
            }
        }.mapError { $0 as? Rejection ?? Rejection(code: .invalidEvent, detail: "unreadable") }
    }

    private static func event(_ decoder: any Decoder) throws -> Event {
        let fields = try decoder.container(keyedBy: Key.self)
        guard let user = UserID(try fields.decode(String.self, forKey: .user)) else {
            throw invalidID("user")
        }
        guard let item = ItemID(try fields.decode(String.self, forKey: .item)) else {
            throw invalidID("item")
        }
        let type = try fields.decode(String.self, forKey: .type)
        guard IdentifierRule.accepts(type) else { throw invalidID("type") }
        let properties = try fields.decodeIfPresent([String: JSONValue].self, forKey: .properties)
        return Event(
            id: try label(.id, fields), type: type, user: user, item: item,
            value: try fields.decodeIfPresent(Double.self, forKey: .value),
            time: try time(fields), recommendation: try label(.recommendation, fields),
            session: try label(.session, fields),
            properties: try properties.map(JSONValue.text))
    }

    /// An optional text that follows the rule for ids.
    private static func label(
        _ key: Key, _ fields: KeyedDecodingContainer<Key>
    ) throws -> String? {
        guard let text = try fields.decodeIfPresent(String.self, forKey: key) else { return nil }
        guard IdentifierRule.accepts(text) else { throw invalidID(key.rawValue) }
        return text
    }

    private static func time(_ fields: KeyedDecodingContainer<Key>) throws -> Timestamp? {
        guard fields.contains(.time), try !fields.decodeNil(forKey: .time) else { return nil }
        do {
            return try fields.decode(JSONTimestamp.self, forKey: .time).timestamp
        } catch is DecodingError {
            throw Rejection(code: .invalidTime, detail: JSONTimestamp.rule(for: "time"))
        }
    }

    private static func invalidID(_ name: String) -> Rejection {
        Rejection(
            code: .invalidID, detail: "\(name) must be 1 to 256 bytes without control characters")
    }
}

/// The three forms of a JSON body: one event, an array of them, or an object around an array.
struct EventUpload: Decodable {
    let drafts: [EventDraft]

    private enum Key: String, CodingKey {
        case events
    }

    init(from decoder: any Decoder) throws {
        if let fields = try? decoder.container(keyedBy: Key.self) {  // try?: then it is no object
            drafts =
                fields.contains(.events)
                ? try fields.decode([EventDraft].self, forKey: .events)
                : [EventDraft(from: decoder)]
        } else {
            drafts = try [EventDraft](from: decoder)
        }
    }
}

/// A moment in JSON: RFC 3339 text or whole milliseconds since 1970.
struct JSONTimestamp: Codable {
    /// The years 1 to 9999: what RFC 3339 can write.
    private static let range: ClosedRange<Int64> = -62_135_596_800_000...253_402_300_799_999

    let timestamp: Timestamp

    init(_ timestamp: Timestamp) {
        self.timestamp = timestamp
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        // try?: then it is a text
        if let milliseconds = try? container.decode(Int64.self), Self.range.contains(milliseconds) {
            timestamp = Timestamp(milliseconds: milliseconds)
        } else if let moment = Timestamp(rfc3339: try container.decode(String.self)) {
            timestamp = moment
        } else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: Self.rule(for: "a time"))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(timestamp.rfc3339)
    }

    static func rule(for name: String) -> String {
        "\(name) must be an RFC 3339 string or integer milliseconds since 1970"
    }
}
