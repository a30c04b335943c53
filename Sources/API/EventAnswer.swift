import Store
import Support

/// One stored event as it is answered.
struct EventAnswer: Encodable, Described {
    private let sequence: Int64
    private let id: String?
    private let type: String
    private let item: String
    private let value: Double?
    private let time: JSONTimestamp
    private let recommendation: String?
    private let session: String?
    private let properties: [String: JSONValue]?

    init(_ event: EventRecord) throws {
        sequence = event.sequence.rawValue
        let sent = event.event
        id = sent.id
        type = sent.type
        item = sent.item.rawValue
        value = sent.value
        time = JSONTimestamp(event.time)
        recommendation = sent.recommendation
        session = sent.session
        properties = try sent.properties.map(JSONValue.object)
    }

    static let schema = Schema.object([
        "sequence": .sequence, "id": .id.orAbsent, "type": .id, "item": .id,
        "value": .number.orAbsent, "time": .time, "recommendation": .id.orAbsent,
        "session": .id.orAbsent, "properties": .map().orAbsent,
    ]).named("Event")
}
