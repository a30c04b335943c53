/// Why a request was refused, in the form that clients read (RFC 9457).
package struct Problem: Error, Sendable {
    package var status: Status
    /// A stable relative URL such as `/problems/invalid-event`.
    package var type: String
    package var title: String
    /// Names the part of the request and the rule; never a secret.
    package var detail: String?
    /// Fields that the status asks for, such as Allow or Retry-After.
    package var fields: Fields
    /// What the metrics count it by: a word of a small set, as exact as an operator needs it.
    package var reason: String

    /// - Parameters:
    ///   - type: The part of the type's URL behind `/problems/`.
    ///   - title: The status's reason phrase where absent.
    package init(
        _ status: Status, type: String, title: String? = nil, _ detail: String? = nil,
        fields: Fields = Fields()
    ) {
        self.status = status
        self.type = "/problems/" + type
        reason = type
        self.title = title ?? status.reasonPhrase
        self.detail = detail
        self.fields = fields
    }

    package var response: Response { response(instance: nil) }

    /// - Parameter instance: The path of the request that this is about.
    package func response(instance: String?) -> Response {
        var fields = fields
        fields["Content-Type"] = "application/problem+json"
        var response = Response(status: status, fields: fields, body: json(instance: instance))
        response.refusal = reason
        return response
    }

    private func json(instance: String?) -> [UInt8] {
        var body = Array("{\"type\":".utf8)
        Self.append(type, to: &body)
        body += ",\"title\":".utf8
        Self.append(title, to: &body)
        body += ",\"status\":\(status.code)".utf8
        if let detail {
            body += ",\"detail\":".utf8
            Self.append(detail, to: &body)
        }
        if let instance {
            body += ",\"instance\":".utf8
            Self.append(instance, to: &body)
        }
        body += "}".utf8
        return body
    }

    /// A JSON string (RFC 8259 section 7).
    private static func append(_ text: String, to body: inout [UInt8]) {
        body.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): body += [UInt8(ascii: "\\"), byte]
            case 0..<0x20:
                let hex = String(byte, radix: 16)
                body += (byte < 0x10 ? "\\u000\(hex)" : "\\u00\(hex)").utf8
            default: body.append(byte)
            }
        }
        body.append(UInt8(ascii: "\""))
    }
}

extension Problem {
    package static func badRequest(_ type: String, _ detail: String) -> Problem {
        Problem(.badRequest, type: type, detail)
    }

    package static func contentTooLarge(limit: Int) -> Problem {
        Problem(
            .contentTooLarge, type: "content-too-large", "the content is larger than \(limit) bytes"
        )
    }

    package static let internalError = Problem(.internalServerError, type: "internal-error")

    /// - Parameters:
    ///   - seconds: When it is worth trying again.
    ///   - reason: For the metrics.
    package static func unavailable(
        _ detail: String, retryAfter seconds: Int, reason: String = "unavailable"
    ) -> Problem {
        var problem = Problem(
            .serviceUnavailable, type: "unavailable", detail,
            fields: ["Retry-After": String(seconds)])
        problem.reason = reason
        return problem
    }
}
