/// The first bytes of an HTTP/2 connection (RFC 9113 section 3.4), which no HTTP/1.1 request has.
package enum HTTP2Preface {
    package static let bytes = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

    package enum Match: Sendable {
        case whole
        /// More bytes will tell.
        case undecided
        case none
    }

    static func match(_ start: some Collection<UInt8>) -> Match {
        guard zip(start, bytes).allSatisfy({ $0 == $1 }) else { return .none }
        return start.count >= bytes.count ? .whole : .undecided
    }
}
