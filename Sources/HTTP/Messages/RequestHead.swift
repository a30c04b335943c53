/// A request's line and fields, or what HTTP/2 has in their place, checked, and what follows from them
/// for the connection. An object, so that handing a request on costs one count and not a dozen.
package final class RequestHead: Sendable {
    package let method: Method
    package let path: String
    package let query: [QueryItem]
    package let fields: Fields
    package let framing: BodyFraming
    /// The client waits for `100 Continue` before it sends the content (RFC 9110 section 10.1.1).
    package let expectsContinue: Bool
    /// The client can take another response on this connection (RFC 9112 section 9.3).
    package let keepsAlive: Bool
    /// An HTTP/1.0 client has to be told that the connection stays.
    package let isHTTP10: Bool
    /// There is an Upgrade field (RFC 9110 section 7.8).
    package let asksForUpgrade: Bool

    init(
        method: Method, path: String, query: [QueryItem], fields: Fields,
        framing: BodyFraming, expectsContinue: Bool = false, keepsAlive: Bool = true,
        isHTTP10: Bool = false, asksForUpgrade: Bool = false
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.fields = fields
        self.framing = framing
        self.expectsContinue = expectsContinue
        self.keepsAlive = keepsAlive
        self.isHTTP10 = isHTTP10
        self.asksForUpgrade = asksForUpgrade
    }
}

/// How long the content is (RFC 9112 section 6.3).
package enum BodyFraming: Hashable, Sendable {
    case none
    case length(Int)
    case chunked
    /// To the end of an HTTP/2 stream (RFC 9113 section 8.1).
    case unknownLength
}
