import Support

/// What is kept of an event's id for good: 32 bytes.
struct EventIDEntry: Equatable, Sendable {
    static let byteCount = 32

    let id: EventHash
    /// The beginning of the hash of the fields: keyed, so nobody makes two of them equal.
    let fields: UInt64
    let sequence: Int64

    init(_ digest: EventDigest, _ sequence: EventSequence) {
        id = digest.id
        fields = digest.fields.high
        self.sequence = sequence.rawValue
    }

    /// - Precondition: There are 32 bytes from the offset on.
    init(_ bytes: UnsafeRawBufferPointer, at offset: Int) {
        id = EventHash(UnsafeRawBufferPointer(rebasing: bytes[offset...]))
        fields = UInt64(
            bigEndian: bytes.loadUnaligned(fromByteOffset: offset + 16, as: UInt64.self))
        sequence = Int64(
            bigEndian: bytes.loadUnaligned(fromByteOffset: offset + 24, as: Int64.self))
    }

    func append(to bytes: inout [UInt8]) {
        let words = (
            id.high.bigEndian, id.low.bigEndian, fields.bigEndian, sequence.bigEndian
        )
        withUnsafeBytes(of: words) { bytes.append(contentsOf: $0) }
    }

    /// All entries of a row.
    static func entries(of bytes: UnsafeRawBufferPointer) -> [EventIDEntry] {
        stride(from: 0, through: bytes.count - byteCount, by: byteCount).map {
            EventIDEntry(bytes, at: $0)
        }
    }

    /// The entry with the id, among those of a row.
    static func find(_ id: EventHash, in bytes: UnsafeRawBufferPointer) -> EventIDEntry? {
        let high = id.high.bigEndian
        for offset in stride(from: 0, through: bytes.count - byteCount, by: byteCount)
        where bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self) == high {
            let entry = EventIDEntry(bytes, at: offset)
            if entry.id == id { return entry }
        }
        return nil
    }
}
