import Serving
import Support

extension RankedAnswer: Described {
    static let schema = Schema.object([
        "id": Schema.string.described("Names this answer; send it with the events that follow"),
        "user": .id.orNull,
        "model": Schema.object(["name": .string, "version": .integer]).orNull,
        "policy": .string(oneOf: Policy.allCases.map(\.rawValue)),
        "watermark": Schema.sequence.orNull
            .described("The user's last event that was taken into account"),
        "items": .array(of: .object(["item": .id, "score": .number])),
    ]).named("RankedAnswer")

    /// The answer of all recommendation routes; names in the order of the alphabet, as everywhere.
    ///
    /// - Throws: `EncodingError` where a score isn't finite.
    func json(id: String, user: UserID?) throws -> [UInt8] {
        var json = JSONWriter(capacity: 256 + 64 * items.count)
        json.append(#"{"id":"#)
        json.append(string: id)
        json.append(#","items":["#)
        for (place, item) in items.enumerated() {
            json.append(place == 0 ? #"{"item":"# : #",{"item":"#)
            json.append(string: item.id.rawValue)
            json.append(#","score":"#)
            try json.append(number: item.score)
            json.append("}")
        }
        json.append(#"],"model":"#)
        if let model {
            json.append(#"{"name":"#)
            json.append(string: model.name)
            json.append(#","version":"#)
            json.append(integer: model.version)
            json.append("}")
        } else {
            json.appendNull()
        }
        json.append(#","policy":"#)
        json.append(string: policy.rawValue)
        json.append(#","user":"#)
        if let user { json.append(string: user.rawValue) } else { json.appendNull() }
        json.append(#","watermark":"#)
        if let watermark { json.append(integer: watermark.rawValue) } else { json.appendNull() }
        json.append("}")
        return json.bytes
    }
}
