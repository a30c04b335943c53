import Events

/// What the store remembers of an event's id for good: a keyed hash of the id, and one of the
/// fields that the client sent, to tell a repeat from a conflict.
///
/// Without the hash's key, which lies in the database, nobody makes two ids collide. A field that
/// the client did not send does not count.
struct EventDigest: Sendable, Equatable {
    let id: EventHash
    let fields: EventHash

    init(id: EventHash, fields: EventHash) {
        self.id = id
        self.fields = fields
    }

    /// Nil for an event without an id.
    init?(of event: Event, _ hasher: KeyedHasher) {
        guard let eventID = event.id else { return nil }
        id = Self.hash(id: eventID, hasher)
        var writer = FieldWriter()
        writer.append(event.type, tag: 1)
        writer.append(event.user.rawValue, tag: 2)
        writer.append(event.item.rawValue, tag: 3)
        if let value = event.value {
            // -0 and 0 are the same number with different bits.
            writer.append(value == 0 ? 0 : value.bitPattern, tag: 4)
        }
        if let time = event.time {
            writer.append(UInt64(bitPattern: time.milliseconds), tag: 5)
        }
        writer.append(event.recommendation, tag: 6)
        writer.append(event.session, tag: 7)
        writer.append(event.properties, tag: 8)
        fields = hasher.hash(writer.bytes)
    }

    static func hash(id: String, _ hasher: KeyedHasher) -> EventHash {
        var writer = FieldWriter()
        writer.append(id, tag: 0)
        return hasher.hash(writer.bytes)
    }
}

/// Fields one after the other, each with its tag and length, so that no two lists of fields give
/// the same bytes.
private struct FieldWriter {
    private(set) var bytes: [UInt8] = []

    init() { bytes.reserveCapacity(128) }

    mutating func append(_ text: String?, tag: UInt8) {
        guard let text else { return }
        append(UInt64(text.utf8.count), tag: tag)
        bytes.append(contentsOf: text.utf8)
    }

    mutating func append(_ number: UInt64, tag: UInt8) {
        bytes.append(tag)
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }
}
