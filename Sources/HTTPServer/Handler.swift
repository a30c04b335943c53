import HTTP

/// A handler's answer: at hand, or to be waited for off the event loop, on Swift's global pool.
package enum Reply: Sendable {
    case now(Response)
    case later(@Sendable () async -> Response)

    /// For who is off the event loop already.
    package func response() async -> Response {
        switch self {
        case .now(let response): response
        case .later(let respond): await respond()
        }
    }
}

/// Answers a request. Runs on the event loop and must not block it. A thrown `Problem` becomes its
/// response; any other error becomes a 500 without details, and is logged.
package typealias Handler = @Sendable (Request) throws -> Reply

/// Judges a request by its head, before its body is read or asked for: the place to check keys, so
/// that a stranger can't make the server hold large bodies. Throws to refuse; may note who calls.
package typealias Admission = @Sendable (inout Request) throws -> Void

/// What a route wants of its requests' content.
package enum BodyPolicy: Sendable {
    /// A body is thrown away, and refused with 413 when it isn't small.
    case none
    /// The handler runs when the body is complete; a larger one is refused with 413.
    case collected(maxBytes: Int)
    /// The handler runs at once and reads a `BodyStream` of any length.
    case streamed

    var isStreamed: Bool {
        if case .streamed = self { true } else { false }
    }
}
