import Support
import Synchronization

/// A request as the handlers see it, whichever protocol brought it.
package struct Request: Sendable {
    package let head: RequestHead
    package var body: RequestBody
    /// Names this request in answers and logs: the client's `X-Request-Id` where it is sane.
    package var id: String
    /// The path's parameters, decoded; filled in by the router.
    package var parameters = PathParameters()
    /// The pattern of the route that matched, such as `/v1/users/{user}`: safe to log and count
    /// by, since it holds nobody's ids. Filled in by the router.
    package var route = ""
    /// The number of the endpoint that matched, 0 for none: what is counted by, without a name.
    /// Filled in by the router.
    package var endpoint = 0
    /// Whose request this is: the connection's other end, or whom a trusted proxy names.
    package var clientAddress = IPAddress.unspecified
    /// Filled in by the admission.
    package var caller = CallerID.unknown
    /// What of the memory for all requests' content this one's has taken; nil where that isn't
    /// counted. Filled in by the server.
    package var reservation: BodyReservation?

    package init(_ head: RequestHead, body: RequestBody = .collected([]), id: String = "") {
        self.head = head
        self.body = body
        self.id = id
    }

    /// - Throws: `Problem` (400) when the target can't be read.
    package init(
        method: Method, target: String, fields: Fields = Fields(),
        body: RequestBody = .collected([]), id: String = ""
    ) throws {
        let parsed = try RequestTarget(target, method: method)
        let head = RequestHead(
            method: method, path: parsed.path, query: parsed.query,
            fields: fields, framing: .none)
        self.init(head, body: body, id: id)
    }

    package var method: Method { head.method }

    /// The target's path, still percent-encoded: the router decodes it segment by segment.
    package var path: String { head.path }

    package var query: [QueryItem] { head.query }

    package var fields: Fields { head.fields }

    /// The first value of a query parameter.
    package func queryValue(_ name: String) -> String? {
        query.first { $0.name == name }?.value
    }

    /// The rule for ids of requests that clients bring: 1 to 128 visible ASCII characters.
    package static func isSaneID(_ text: String) -> Bool {
        (1...128).contains(text.utf8.count) && text.utf8.allSatisfy(ASCII.isVisible)
    }
}

/// The values of the `{name}`s in a route's pattern: few, so that a search beats a dictionary.
package struct PathParameters: Sendable {
    private var names: [String] = []
    private var values: [String] = []

    package init() {}

    /// - Precondition: As many names as values.
    package init(names: [String], values: [String]) {
        precondition(names.count == values.count, "\(names.count) names, \(values.count) values")
        self.names = names
        self.values = values
    }

    package subscript(_ name: String) -> String? {
        names.firstIndex(of: name).map { values[$0] }
    }
}

/// Who calls, as the admission has found out. What the numbers mean is the application's.
package struct CallerID: Hashable, Sendable {
    package let rawValue: Int64

    package init(_ rawValue: Int64) {
        self.rawValue = rawValue
    }

    package static let unknown = CallerID(0)
}

/// A request's content: all of it, or a stream of its parts, as the route's policy wants.
package enum RequestBody: Sendable {
    case collected([UInt8])
    case stream(any BodySource)

    /// The whole content, waiting for the rest of a stream.
    ///
    /// - Parameter reservation: What a stream's content is counted in.
    /// - Throws: `Problem`: 413 when there is more than `maxBytes`, 503 where there is no room for
    ///   it, or what broke the stream.
    package func collect(
        upTo maxBytes: Int, within reservation: BodyReservation? = nil
    ) async throws -> [UInt8] {
        switch self {
        case .collected(let bytes):
            guard bytes.count <= maxBytes else { throw Problem.contentTooLarge(limit: maxBytes) }
            return bytes
        case .stream(let stream):
            var bytes: [UInt8] = []
            while let part = try await stream.next() {
                guard part.count <= maxBytes - bytes.count else {
                    throw Problem.contentTooLarge(limit: maxBytes)
                }
                try reservation?.grow(by: part.count)
                bytes += part
            }
            return bytes
        }
    }
}

/// A request's content for one consumer, part by part.
package protocol BodySource: AnyObject, Sendable {
    /// The next part, waiting for it; nil at the end.
    ///
    /// - Throws: `Problem` when the content can't be had, which the answer then says.
    func next() async throws -> [UInt8]?
}

/// Content that is there already, in one part.
package final class BytesSource: BodySource {
    private let bytes: Mutex<[UInt8]?>

    package init(_ bytes: [UInt8]) {
        self.bytes = Mutex(bytes)
    }

    package func next() -> [UInt8]? {
        bytes.withLock { $0.take() }
    }
}
