/// An HTTP/2 frame (RFC 9113 section 4.1) as a client would send it, valid or not.
package struct Frame: Sendable {
    package var type: UInt8
    package var flags: UInt8
    package var stream: UInt32
    package var payload: [UInt8]

    package init(_ type: UInt8, flags: UInt8 = 0, stream: UInt32 = 0, _ payload: [UInt8] = []) {
        (self.type, self.flags, self.stream, self.payload) = (type, flags, stream, payload)
    }

    package var bytes: [UInt8] {
        let length = payload.count
        return [UInt8(length >> 16), UInt8(length >> 8 & 0xFF), UInt8(length & 0xFF), type, flags]
            + Self.fourBytes(stream) + payload
    }

    package static func fourBytes(_ number: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(number >> $0 & 0xFF) }
    }

    package static let endStream: UInt8 = 0x1
    package static let acknowledges: UInt8 = 0x1
    package static let endHeaders: UInt8 = 0x4
    package static let padded: UInt8 = 0x8

    // MARK: Each type

    package static func data(
        _ stream: UInt32, _ text: String, ends: Bool = true
    ) -> Frame {
        Frame(0, flags: ends ? endStream : 0, stream: stream, Array(text.utf8))
    }

    package static func headers(
        _ stream: UInt32, _ fields: [(String, String)], ends: Bool = true, isWhole: Bool = true
    ) -> Frame {
        Frame(
            1, flags: (ends ? endStream : 0) | (isWhole ? endHeaders : 0), stream: stream,
            fieldBlock(fields))
    }

    package static func resetStream(_ stream: UInt32, _ error: UInt32 = 8) -> Frame {
        Frame(3, stream: stream, fourBytes(error))
    }

    package static func settings(_ settings: [(UInt16, UInt32)] = []) -> Frame {
        Frame(
            4, settings.flatMap { [UInt8($0.0 >> 8), UInt8($0.0 & 0xFF)] + fourBytes($0.1) })
    }

    package static let settingsAcknowledged = Frame(4, flags: acknowledges)

    package static func ping(_ byte: UInt8 = 0, acknowledges: Bool = false) -> Frame {
        Frame(6, flags: acknowledges ? Self.acknowledges : 0, .init(repeating: byte, count: 8))
    }

    package static func windowUpdate(_ stream: UInt32, _ increment: UInt32) -> Frame {
        Frame(8, stream: stream, fourBytes(increment))
    }

    package static func continuation(
        _ stream: UInt32, _ fields: [(String, String)], isWhole: Bool = true
    ) -> Frame {
        Frame(9, flags: isWhole ? endHeaders : 0, stream: stream, fieldBlock(fields))
    }

    /// RFC 9218 section 7.1.
    package static func priorityUpdate(_ stream: UInt32, _ priority: String) -> Frame {
        Frame(0x10, fourBytes(stream) + Array(priority.utf8))
    }

    /// The preface and the client's first SETTINGS.
    package static func start(_ settings: [(UInt16, UInt32)] = []) -> [UInt8] {
        Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + Frame.settings(settings).bytes
    }

    /// The head of a request, with more fields behind the pseudo-header fields.
    package static func request(
        _ path: String, method: String = "GET", _ more: [(String, String)] = []
    ) -> [(String, String)] {
        [(":method", method), (":scheme", "http"), (":path", path), (":authority", "h")] + more
    }

    /// Literals that are never indexed, without Huffman coding (RFC 7541 section 6.2.3).
    package static func fieldBlock(_ fields: [(String, String)]) -> [UInt8] {
        fields.flatMap { [0x10] + string($0.0) + string($0.1) }
    }

    private static func string(_ text: String) -> [UInt8] {
        let bytes = Array(text.utf8)
        guard bytes.count >= 127 else { return [UInt8(bytes.count)] + bytes }
        var (length, rest) = ([UInt8(127)], bytes.count - 127)
        while rest >= 128 {
            length.append(UInt8(rest % 128 + 128))
            rest /= 128
        }
        return length + [UInt8(rest)] + bytes
    }
}
