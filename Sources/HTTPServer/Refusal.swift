/// Why something was refused, for whoever counts.
package enum Refusal: String, Sendable, CaseIterable {
    /// A connection: the client has as many as it may.
    case clientConnections = "client-connections"
    /// The loop has too much to do.
    case overload
    /// Too many handlers run.
    case handlers
    /// No valid key.
    case key
    /// The key hasn't the route's scope.
    case scope
    /// A stranger, or a web page, where there is no key.
    case origin
    /// More requests than the key or the client may send.
    case rate
}
