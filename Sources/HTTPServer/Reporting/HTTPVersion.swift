/// The protocol that brought a request.
package enum HTTPVersion: UInt8, Sendable, CaseIterable, CustomStringConvertible {
    case http10, http11, http2

    package var description: String {
        switch self {
        case .http10: "HTTP/1.0"
        case .http11: "HTTP/1.1"
        case .http2: "HTTP/2"
        }
    }
}
