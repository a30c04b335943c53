import Foundation
import Support

/// One event in its JSON form, read without judging it yet: in an upload of many, a bad one costs
/// no other.
package struct EventDraft: Decodable, Sendable {
    private let fields: Result<Fields, RuleViolation>

    struct Fields: Decodable, Sendable {
        var id: String?
        var type: String
        var user: String
        var item: String
        var value: Double?
        var time: JSONTimestamp?
        var recommendation: String?
        var session: String?
        var properties: [String: JSONValue]?
    }

    static let invalidTime = RuleViolation(.invalidTime, reason: "time \(JSONTimestamp.rule)")

    init(_ fields: Fields) { self.fields = .success(fields) }

    init(_ violation: RuleViolation) { fields = .failure(violation) }

    package init(from decoder: any Decoder) {
        do {
            fields = .success(try Fields(from: decoder))
        } catch {
            fields = .failure(RuleViolation(decoding: error))
        }
    }

    /// Reads one line of newline-delimited JSON; `EventParser` is faster.
    package init(line: some Sequence<UInt8>) {
        do {
            self = try JSONDecoder().decode(EventDraft.self, from: Data(line))
        } catch {
            fields = .failure(RuleViolation(reason: "the line is not valid JSON"))
        }
    }

    /// The event, where it keeps the rules.
    package func event(_ rules: EventRules) throws(RuleViolation) -> Event {
        let fields = try fields.get()
        return Event(
            id: try label(fields.id, "id", rules),
            type: try rules.identifier(fields.type, field: "type"),
            user: try rules.user(fields.user), item: try rules.item(fields.item),
            value: try value(fields, rules), time: try time(fields, rules),
            recommendation: try label(fields.recommendation, "recommendation", rules),
            session: try label(fields.session, "session", rules),
            properties: try properties(fields, rules))
    }

    private func label(
        _ text: String?, _ field: String, _ rules: EventRules
    ) throws(RuleViolation) -> String? {
        guard let text else { return nil }
        return try rules.identifier(text, field: field)
    }

    private func value(_ fields: Fields, _ rules: EventRules) throws(RuleViolation) -> Double? {
        guard let value = fields.value else { return nil }
        return try rules.value(value)
    }

    private func time(_ fields: Fields, _ rules: EventRules) throws(RuleViolation) -> Timestamp? {
        guard let time = fields.time else { return nil }
        return try rules.time(time.timestamp, hasID: fields.id != nil)
    }

    private func properties(
        _ fields: Fields, _ rules: EventRules
    ) throws(RuleViolation) -> String? {
        guard let properties = fields.properties else { return nil }
        // try?: whatever the reason, the verdict is one
        guard let text = try? JSONValue.text(of: properties) else {
            throw RuleViolation(reason: "properties can't be stored")
        }
        return try rules.properties(text)
    }
}

extension RuleViolation {
    fileprivate init(decoding error: any Error) {
        guard let error = error as? DecodingError else {
            self.init(reason: "the event can't be read")
            return
        }
        let path = error.context.codingPath.map(\.stringValue)
        if path.last == "time", !path.contains("properties") {
            self = EventDraft.invalidTime
        } else {
            self.init(reason: error.explanation(of: "the event", insideElement: true))
        }
    }
}
