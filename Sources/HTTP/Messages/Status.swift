/// A status code with its registered reason phrase (RFC 9110 section 15).
package struct Status: Hashable, Sendable {
    package let code: Int

    package init(code: Int) {
        precondition((100...599).contains(code), "\(code) is not a status code")
        self.code = code
    }

    package static let `continue` = Status(code: 100)
    package static let ok = Status(code: 200)
    package static let created = Status(code: 201)
    package static let accepted = Status(code: 202)
    package static let noContent = Status(code: 204)
    package static let multiStatus = Status(code: 207)
    package static let notModified = Status(code: 304)
    package static let badRequest = Status(code: 400)
    package static let unauthorized = Status(code: 401)
    package static let forbidden = Status(code: 403)
    package static let notFound = Status(code: 404)
    package static let methodNotAllowed = Status(code: 405)
    package static let notAcceptable = Status(code: 406)
    package static let requestTimeout = Status(code: 408)
    package static let conflict = Status(code: 409)
    package static let preconditionFailed = Status(code: 412)
    package static let contentTooLarge = Status(code: 413)
    package static let uriTooLong = Status(code: 414)
    package static let unsupportedMediaType = Status(code: 415)
    package static let expectationFailed = Status(code: 417)
    package static let tooManyRequests = Status(code: 429)
    package static let requestHeaderFieldsTooLarge = Status(code: 431)
    package static let internalServerError = Status(code: 500)
    package static let notImplemented = Status(code: 501)
    package static let serviceUnavailable = Status(code: 503)
    package static let httpVersionNotSupported = Status(code: 505)
    package static let insufficientStorage = Status(code: 507)

    /// False for the answers that never carry content (RFC 9110 section 6.4.1).
    package var allowsContent: Bool {
        code >= 200 && code != 204 && code != 304
    }

    /// Every status that this program answers with; what the metrics have a place for.
    package static let all: [Status] = [
        .continue, .ok, .created, .accepted, .noContent, .multiStatus, .notModified, .badRequest,
        .unauthorized, .forbidden, .notFound, .methodNotAllowed, .notAcceptable, .requestTimeout,
        .conflict, .preconditionFailed, .contentTooLarge, .uriTooLong, .unsupportedMediaType,
        .expectationFailed, .tooManyRequests, .requestHeaderFieldsTooLarge, .internalServerError,
        .notImplemented, .serviceUnavailable, .httpVersionNotSupported, .insufficientStorage,
    ]

    package var reasonPhrase: String { String(describing: reason) }

    /// The phrase without a String around it, for the encoder.
    var reason: StaticString {
        switch code {
        case 100: "Continue"
        case 200: "OK"
        case 201: "Created"
        case 202: "Accepted"
        case 204: "No Content"
        case 207: "Multi-Status"
        case 304: "Not Modified"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 406: "Not Acceptable"
        case 408: "Request Timeout"
        case 409: "Conflict"
        case 412: "Precondition Failed"
        case 413: "Content Too Large"
        case 414: "URI Too Long"
        case 415: "Unsupported Media Type"
        case 417: "Expectation Failed"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 503: "Service Unavailable"
        case 505: "HTTP Version Not Supported"
        case 507: "Insufficient Storage"
        default: ""
        }
    }
}
