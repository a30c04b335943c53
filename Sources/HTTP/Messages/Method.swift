/// A request method (RFC 9110 section 9): a case-sensitive token.
package struct Method: Hashable, Sendable, CustomStringConvertible {
    package let rawValue: String

    package init(rawValue: String) {
        self.rawValue = rawValue
    }

    package static let get = Method(rawValue: "GET")
    package static let head = Method(rawValue: "HEAD")
    package static let post = Method(rawValue: "POST")
    package static let put = Method(rawValue: "PUT")
    package static let patch = Method(rawValue: "PATCH")
    package static let delete = Method(rawValue: "DELETE")
    package static let options = Method(rawValue: "OPTIONS")
    package static let connect = Method(rawValue: "CONNECT")
    package static let trace = Method(rawValue: "TRACE")

    /// RFC 9110 section 9.1: a method that is known but not allowed is 405, an unknown one 501.
    package var isStandard: Bool { Self.standard.contains(self) }

    /// Asks for nothing but to read (RFC 9110 section 9.2.1).
    package var isSafe: Bool { Self.safe.contains(self) }

    package var description: String { rawValue }

    private static let safe: Set<Method> = [get, head, options, trace]
    private static let standard: Set<Method> = [
        get, head, post, put, patch, delete, options, connect, trace,
    ]
}
