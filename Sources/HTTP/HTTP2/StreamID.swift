/// Names a stream of one HTTP/2 connection (RFC 9113 section 5.1.1). None is used twice.
package struct StreamID: Hashable, Sendable {
    package let rawValue: Int32

    package init(_ rawValue: Int32) {
        self.rawValue = rawValue
    }

    /// The stream of a request that asked for the upgrade from HTTP/1.1.
    package static let upgraded = StreamID(1)
}
