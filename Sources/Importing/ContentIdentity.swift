import Crypto
import Events
import Support

/// Gives ids to events that have none, made from their content: importing the same file twice
/// stores it once. Two equal rows of one file are two events, so the id counts the occurrences.
///
/// Holds about 30 bytes for each distinct content.
struct ContentIdentity {
    /// By the first half of the hash. A collision there only skips a number, and does so in each
    /// import of the file.
    private var occurrences: [UInt64: UInt32] = [:]

    /// `c-HASH-N`: 128 bits of SHA-256 over the event's fields, and the occurrence from 1.
    mutating func id(for event: Event) -> String {
        let hash = SHA256.hash(data: Self.content(of: event)).prefix(16)
        let key = hash.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let occurrence = occurrences[key, default: 0] + 1
        occurrences[key] = occurrence
        let text = hash.flatMap { [Self.digits[Int($0 >> 4)], Self.digits[Int($0 & 15)]] }
        return "c-\(String(decoding: text, as: UTF8.self))-\(occurrence)"
    }

    private static let digits = Array("0123456789abcdef".utf8)

    /// Each field with its length in front, so that no two events share their bytes.
    private static func content(of event: Event) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(128)
        let fields = [
            event.type, event.user.rawValue, event.item.rawValue,
            event.value.map { String($0) }, event.time.map { String($0.milliseconds) },
            event.recommendation, event.session, event.properties,
        ]
        for field in fields {
            // An absent field is not an empty one.
            bytes.append(contentsOf: (field.map { String($0.utf8.count) } ?? "-").utf8)
            bytes.append(0x3A)
            bytes.append(contentsOf: (field ?? "").utf8)
        }
        return bytes
    }
}
