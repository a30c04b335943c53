/// A moment in JSON: RFC 3339 text or whole milliseconds since 1970; written as text.
package struct JSONTimestamp: Codable, Sendable {
    package static let rule = "must be an RFC 3339 string or integer milliseconds since 1970"

    /// The years 1 to 9999: what RFC 3339 can write.
    package static let range: ClosedRange<Int64> = -62_135_596_800_000...253_402_300_799_999

    package let timestamp: Timestamp

    package init(_ timestamp: Timestamp) {
        self.timestamp = timestamp
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        // try?: then it is a text
        if let milliseconds = try? container.decode(Int64.self), Self.range.contains(milliseconds) {
            timestamp = Timestamp(milliseconds: milliseconds)
        } else if let moment = Timestamp(rfc3339: try container.decode(String.self)) {
            timestamp = moment
        } else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: Self.rule)
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(timestamp.rfc3339)
    }
}
