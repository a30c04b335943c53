import HTTP
import Support

/// One answered request as a line of JSON. docs/operating.md describes the fields.
enum AccessLogLine {
    static func append(_ request: AnsweredRequest, at time: Timestamp, to text: inout [UInt8]) {
        text += "{\"time\":\"\(time.rfc3339)\",\"method\":".utf8
        append(request.method.map { $0.isStandard ? $0.rawValue : "other" }, to: &text)
        text += ",\"route\":".utf8
        append(request.route.isEmpty ? nil : request.route, to: &text)
        text += ",\"status\":\(request.status.code),\"bytes\":\(request.contentBytes)".utf8
        text += ",\"durationMicroseconds\":\(microseconds(request.duration))".utf8
        text += ",\"protocol\":\"\(request.version)\",\"requestId\":".utf8
        append(request.requestID, to: &text)
        text += "}\n".utf8
    }

    private static func microseconds(_ duration: Duration) -> Int64 {
        let (seconds, attoseconds) = duration.components
        return seconds * 1_000_000 + attoseconds / 1_000_000_000_000
    }

    /// A JSON string of visible ASCII, as patterns, methods and ids of requests are.
    private static func append(_ value: String?, to text: inout [UInt8]) {
        guard let value else {
            text += "null".utf8
            return
        }
        text.append(UInt8(ascii: "\""))
        for byte in value.utf8 {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                text.append(UInt8(ascii: "\\"))
            }
            text.append(byte)
        }
        text.append(UInt8(ascii: "\""))
    }
}
