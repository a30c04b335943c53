/// Every bound on what a client can make the engines hold. One struct, so that none is forgotten.
package struct HTTPLimits: Sendable {
    /// The request line without its CRLF; above it the answer is 414.
    package var maxRequestLineBytes = 8 * 1024
    /// The request line and all field lines, and again all trailer lines; above it 431. In HTTP/2
    /// the size of the field section: 32 bytes more for each field (RFC 9113 section 6.5.2).
    package var maxHeaderBytes = 32 * 1024
    /// Field lines in a head, and again in the trailers; above it 431.
    package var maxHeaderCount = 100
    /// A chunk's size line without its CRLF; above it 400.
    package var maxChunkLineBytes = 1024
    /// Bytes of chunk extensions in one request (RFC 9112 section 7.1.1); above it 400.
    package var maxChunkExtensionBytes = 16 * 1024
    /// A body that nobody reads is thrown away up to here, to keep the connection; a route without
    /// a body refuses more than this with 413.
    package var maxDiscardedBytes = 64 * 1024
    package var http2 = HTTP2Limits()

    package init() {}
}

/// What an HTTP/2 connection may cost beyond its requests. Where nothing else is said, a client that
/// goes beyond one of these is sent GOAWAY, and the connection closes.
package struct HTTP2Limits: Sendable {
    /// Streams that are open at once; above it REFUSED_STREAM. Handlers that still run for streams
    /// that the client gave up count as well.
    package var maxConcurrentStreams = 100
    /// What a client may send on one stream before its handler takes it.
    package var streamWindowBytes = 256 * 1024
    /// What a client may send on all streams before the connection has read it. What handlers don't
    /// take yet is held against the windows of their streams alone.
    package var connectionWindowBytes = 1024 * 1024
    /// Bodies that are being put together for their handlers, in all; above it 503.
    package var maxCollectedBytes = 32 * 1024 * 1024
    /// Content of answers that the client doesn't take; while there is more, new requests get 503.
    package var maxUnsentBytes = 16 * 1024 * 1024
    /// CONTINUATION frames behind one HEADERS frame.
    package var maxContinuations = 8
    /// Settings in one SETTINGS frame.
    package var maxSettings = 32
    /// Acknowledgements of PING and SETTINGS that wait to be sent.
    package var maxOutboundAcknowledgements = 1000
    /// Streams that the client may reset at once, and how many more each second ("rapid reset",
    /// CVE-2023-44487).
    package var resetBurst = 200
    package var resetsPerSecond = 33
    /// Frames between one good request, or `excusingContentBytes` bytes of content, and the next: floods
    /// of PING, SETTINGS, PRIORITY, WINDOW_UPDATE, RST_STREAM, unknown frames, empty or tiny DATA
    /// frames, malformed requests.
    package var maxIdleFrames = 1000
    /// So many bytes of content, either way, excuse the frames before them.
    package var excusingContentBytes = 16 * 1024

    package init() {}
}
