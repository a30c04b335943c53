/// Every bound on what a client can make the engines hold. One struct, so that none is forgotten.
package struct HTTPLimits: Sendable {
    /// The request line without its CRLF; above it the answer is 414.
    package var maxRequestLineBytes = 8 * 1024
    /// The request line and all field lines, and again all trailer lines; above it 431.
    package var maxHeaderBytes = 32 * 1024
    /// Field lines in a head, and again in the trailers; above it 431.
    package var maxHeaderCount = 100
    /// A chunk's size line without its CRLF; above it 400.
    package var maxChunkLineBytes = 1024
    /// Bytes of chunk extensions in one request (RFC 9112 section 7.1.1); above it 400.
    package var maxChunkExtensionBytes = 16 * 1024
    /// A body that no route has set a bound for.
    package var maxBodyBytes = 16 * 1024 * 1024
    /// A body that nobody reads is thrown away up to here, to keep the connection; a route without
    /// a body refuses more than this with 413.
    package var maxDiscardedBytes = 64 * 1024

    package init() {}
}
