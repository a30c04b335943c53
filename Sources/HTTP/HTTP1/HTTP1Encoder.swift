/// Writes responses as HTTP/1.1 messages (RFC 9112 section 4).
package enum HTTP1Encoder {
    /// What the connection adds to a response.
    package struct Context: Sendable {
        package var requestID: String
        /// The Date field's value; 29 bytes, made once a second.
        package var date: [UInt8]
        package var closes: Bool
        /// The connection stays, and the client is one that has to be told.
        package var isHTTP10 = false

        package init(requestID: String, date: [UInt8], closes: Bool, isHTTP10: Bool = false) {
            self.requestID = requestID
            self.date = date
            self.closes = closes
            self.isHTTP10 = isHTTP10
        }
    }

    /// Appends the status line and the fields; the content, if any, follows.
    package static func appendHead(
        of response: Response, _ context: Context, to output: inout [UInt8]
    ) {
        appendStatusLine(response.status, to: &output)
        append("Server: starling\r\nDate: ", to: &output)
        output.append(contentsOf: context.date)
        append("\r\nX-Request-Id: ", to: &output)
        output.append(contentsOf: context.requestID.utf8)
        append("\r\n", to: &output)
        response.fields.forEachRaw { name, value in
            output.append(contentsOf: name)
            append(": ", to: &output)
            output.append(contentsOf: value)
            append("\r\n", to: &output)
        }
        // RFC 9110 section 8.6: none with 1xx and 204; with 304 it would speak of another body.
        if response.status.allowsContent {
            append("Content-Length: ", to: &output)
            append(decimal: response.body.count, to: &output)
            append("\r\n", to: &output)
        }
        if context.closes {
            append("Connection: close\r\n", to: &output)
        } else if context.isHTTP10 {
            append("Connection: keep-alive\r\n", to: &output)
        }
        append("\r\n", to: &output)
    }

    /// The interim response that asks for the content (RFC 9110 section 15.2.1).
    package static func appendContinue(to output: inout [UInt8]) {
        append("HTTP/1.1 100 Continue\r\n\r\n", to: &output)
    }

    private static func appendStatusLine(_ status: Status, to output: inout [UInt8]) {
        append("HTTP/1.1 ", to: &output)
        append(decimal: status.code, to: &output)
        output.append(ASCII.space)
        append(status.reason, to: &output)
        append("\r\n", to: &output)
    }

    private static func append(_ text: StaticString, to output: inout [UInt8]) {
        output.append(
            contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    static func append(decimal number: Int, to output: inout [UInt8]) {
        var divisor = 1
        while number / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            output.append(0x30 + UInt8(number / divisor % 10))
            divisor /= 10
        }
    }
}
