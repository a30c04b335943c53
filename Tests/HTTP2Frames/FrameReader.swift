import CNGHTTP2

/// Reads the frames that a server sends, with their fields.
package final class FrameReader {
    package struct Received: Sendable, CustomStringConvertible {
        package let frame: Frame
        /// Of HEADERS.
        package let fields: [(name: String, value: String)]

        package subscript(_ name: String) -> String? {
            fields.first { $0.name == name }?.value
        }

        package var text: String { String(decoding: frame.payload, as: UTF8.self) }
        package var endsStream: Bool {
            frame.type <= 1 && frame.flags & Frame.endStream != 0
        }
        package var isAcknowledgement: Bool { frame.flags & Frame.acknowledges != 0 }

        /// The last four bytes as a number: the error of RST_STREAM and GOAWAY, the increment of
        /// WINDOW_UPDATE.
        package var number: UInt32 {
            frame.payload.prefix(8).suffix(4).reduce(0) { $0 << 8 | UInt32($1) }
        }

        /// Of GOAWAY.
        package var lastStream: UInt32 {
            frame.payload.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
        }

        package var description: String {
            switch frame.type {
            case 0: "data \(frame.stream) \(text.count)\(endsStream ? " end" : "")"
            case 1: "headers \(frame.stream) \(self[":status"] ?? "")\(endsStream ? " end" : "")"
            case 3: "reset \(frame.stream) \(number)"
            case 4: isAcknowledgement ? "settings ack" : "settings"
            case 6: isAcknowledgement ? "ping ack" : "ping"
            case 7: "goaway \(number)"
            case 8: "window \(frame.stream) \(number)"
            default: "type \(frame.type)"
            }
        }
    }

    private var input: [UInt8] = []
    private let inflater: OpaquePointer?

    package init() {
        var inflater: OpaquePointer?
        nghttp2_hd_inflate_new(&inflater)
        self.inflater = inflater
    }

    deinit { nghttp2_hd_inflate_del(inflater) }

    package func receive(_ bytes: [UInt8]) { input += bytes }

    /// The next whole frame.
    package func next() -> Received? {
        guard input.count >= 9 else { return nil }
        let length = input[..<3].reduce(0) { $0 << 8 | Int($1) }
        guard input.count >= 9 + length else { return nil }
        let frame = Frame(
            input[3], flags: input[4], stream: input[5..<9].reduce(0) { $0 << 8 | UInt32($1) },
            Array(input[9..<9 + length]))
        input.removeFirst(9 + length)
        return Received(frame: frame, fields: frame.type == 1 ? inflate(frame.payload) : [])
    }

    private func inflate(_ block: [UInt8]) -> [(name: String, value: String)] {
        var fields: [(name: String, value: String)] = []
        var rest = block[...]
        while true {
            var (pair, flags) = (nghttp2_nv(), Int32(0))
            let count = rest.withUnsafeBufferPointer {
                nghttp2_hd_inflate_hd2(inflater, &pair, &flags, $0.baseAddress, $0.count, 1)
            }
            guard count >= 0 else { return fields }
            rest = rest.dropFirst(count)
            if UInt32(flags) & NGHTTP2_HD_INFLATE_EMIT.rawValue != 0 {
                fields.append(
                    (Self.text(pair.name, pair.namelen), Self.text(pair.value, pair.valuelen)))
            }
            if UInt32(flags) & NGHTTP2_HD_INFLATE_FINAL.rawValue != 0 { break }
        }
        nghttp2_hd_inflate_end_headers(inflater)
        return fields
    }

    private static func text(_ start: UnsafeMutablePointer<UInt8>?, _ count: Int) -> String {
        String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    }
}
