/// The unit of what service and trainer say to each other: a kind, a length, bytes.
///
///     kind (1 byte) · length (4 bytes, little-endian) · payload
package struct Frame: Sendable, Equatable {
    package enum Kind: UInt8, Sendable {
        /// A message as JSON.
        case message = 1
        /// A part of a checkpoint.
        case part = 2
    }

    /// Beyond this the other side is not ours.
    package static let maximumPayload = 8 << 20
    static let headerSize = 5

    package var kind: Kind
    package var payload: [UInt8]

    package init(kind: Kind, payload: [UInt8]) {
        precondition(
            payload.count <= Self.maximumPayload, "a frame of \(payload.count) bytes")
        self.kind = kind
        self.payload = payload
    }

    func encoded() -> [UInt8] {
        let length = UInt32(payload.count)
        return [kind.rawValue] + (0..<4).map { UInt8(truncatingIfNeeded: length >> ($0 * 8)) }
            + payload
    }
}

/// What is wrong with the bytes from the other side.
package enum FrameError: Error, Equatable {
    case unknownKind(UInt8)
    case tooLong(Int)
    /// The other side ended in the middle of a frame.
    case brokenOff
}
