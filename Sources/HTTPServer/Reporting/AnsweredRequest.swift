import HTTP

/// What can be told of a request and its answer without telling on anybody: no target, no ids of
/// users or items.
package struct AnsweredRequest: Sendable {
    /// Nil where the request couldn't be read.
    package let method: Method?
    /// The matched pattern, empty where no route matched.
    package let route: String
    package let status: Status
    /// Bytes of the answer's content.
    package let contentBytes: Int
    /// From the complete head to the encoded answer.
    package let duration: Duration
    package let version: HTTPVersion
    package let requestID: String

    package init(
        method: Method?, route: String, status: Status, contentBytes: Int, duration: Duration,
        version: HTTPVersion, requestID: String
    ) {
        self.method = method
        self.route = route
        self.status = status
        self.contentBytes = contentBytes
        self.duration = duration
        self.version = version
        self.requestID = requestID
    }
}
