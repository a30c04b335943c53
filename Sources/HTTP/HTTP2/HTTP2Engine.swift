import CNGHTTP2

/// The server's side of an HTTP/2 connection without the connection: bytes in, events out; answers
/// in, bytes out (RFC 9113). libnghttp2 does the framing; what its callbacks tell is kept here as
/// events until somebody asks. Belongs to one event loop.
///
///     receive ─→ events: head → body … → end, for each stream; streams interleave
///     respond ─→ appendOutput, as far as the client's windows reach
///
/// A fault of one request ends its stream, a fault of the framing or a limit that is crossed ends
/// the connection: GOAWAY is the last thing that comes out, and nothing more is read.
package final class HTTP2Engine {
    package enum Event: Sendable {
        case head(StreamID, RequestHead)
        /// A part of the content. It counts against the windows until `consume`.
        case body(StreamID, [UInt8])
        case end(StreamID)
        /// To be answered; HTTP/2 can read the request, and its rules forbid it.
        case failed(StreamID, Problem, isHead: Bool)
        /// Nothing more comes from the stream nor goes to it.
        case closed(StreamID)
        /// The client has seen that the connection will close (`announceShutdown`).
        case shutdownSeen
    }

    let limits: HTTPLimits
    private let session: OpaquePointer
    // The callbacks come in the middle of the library's calls, and all on the loop: what runs once
    // for each field and frame goes without the check that nobody else is in there (5 % of a request).
    @exclusivity(unchecked) private var events: [Event] = []
    @exclusivity(unchecked) private var nextEvent = 0

    /// The head or the trailers that are arriving. Field blocks never interleave (section 4.3).
    @exclusivity(unchecked) var builder: HTTP2HeadBuilder?
    /// A request that waits for the client to speak HTTP/2.
    var upgradedHead: RequestHead?
    /// What is left to send of the answers, few at a time.
    @exclusivity(unchecked) var contents: [Content] = []
    /// Streams to be reset once their answer is sent, since nobody reads the rest of the request.
    var streamsToReset: Set<StreamID> = []
    @exclusivity(unchecked) package internal(set) var unsentBytes = 0
    /// Of all answers' content so far, as the client's windows let it go.
    @exclusivity(unchecked) package internal(set) var sentBytes = 0
    @exclusivity(unchecked) var idleFrames = 0
    /// Of the present field block.
    @exclusivity(unchecked) var continuations = 0
    @exclusivity(unchecked) private var excusingBytes = 0
    /// Why the connection is over; the limit that the client has crossed, noted by a callback.
    var violation: Violation?
    /// Streams that were refused by whoever called `reset`, and not by the library.
    var streamsRefused: Set<StreamID> = []
    var refusals: [HTTP2Refusal] = []
    @exclusivity(unchecked) private var fieldBlock = FieldBlock()

    struct Content {
        let stream: StreamID
        let bytes: [UInt8]
        var sent = 0
    }

    struct Violation {
        let error: HTTP2ErrorCode
        /// Nil where the client is only told that it is late.
        let ending: HTTP2Refusal.Ending?

        init(_ error: HTTP2ErrorCode, _ ending: HTTP2Refusal.Ending?) {
            (self.error, self.ending) = (error, ending)
        }
    }

    package init(limits: HTTPLimits) {
        self.limits = limits
        session = Self.makeSession(limits.http2)
        nghttp2_session_set_user_data(session, Unmanaged.passUnretained(self).toOpaque())
        Self.submitSettings(limits, to: session)
    }

    /// Goes on from a request of HTTP/1.1, which becomes stream 1 (RFC 7540 section 3.2). It comes out
    /// when the client speaks HTTP/2, too: curl can keep only so much of an answer that comes before.
    ///
    /// - Parameter settings: What the request said in HTTP2-Settings.
    /// - Returns: Nil where these are no settings; then nothing has happened.
    package convenience init?(upgrading head: RequestHead, settings: [UInt8], limits: HTTPLimits) {
        self.init(limits: limits)
        let isHead: Int32 = head.method == .head ? 1 : 0
        guard nghttp2_session_upgrade2(session, settings, settings.count, isHead, nil) == 0 else {
            return nil
        }
        upgradedHead = head
    }

    deinit { nghttp2_session_del(session) }

    /// The connection is over once everything that there is to send is sent.
    package var isFinished: Bool {
        violation != nil && !wantsWrite
            || nghttp2_session_want_read(session) == 0 && !wantsWrite
    }

    package var wantsWrite: Bool { nghttp2_session_want_write(session) != 0 }

    /// A field block has begun and isn't at its end.
    package var isInHead: Bool { builder != nil }

    // MARK: Input

    /// Takes bytes over from the network.
    package func receive(_ bytes: UnsafeRawBufferPointer) {
        guard violation == nil else { return }
        let count = bytes.withMemoryRebound(to: UInt8.self) {
            nghttp2_session_mem_recv(session, $0.baseAddress, $0.count)
        }
        if count < 0 { end(because: violation ?? Self.violation(of: Int32(count))) }
    }

    /// What was refused since this was asked last.
    package func takeRefusals() -> [HTTP2Refusal] {
        guard !refusals.isEmpty else { return [] }
        defer { refusals = [] }
        return refusals
    }

    /// The next event that the bytes so far give.
    package func next() -> Event? {
        guard nextEvent < events.count else {
            events.removeAll(keepingCapacity: true)
            nextEvent = 0
            return nil
        }
        var event = Event.shutdownSeen
        swap(&event, &events[nextEvent])  // taken out, where a copy would cost a dozen counts
        nextEvent += 1
        return event
    }

    package var hasEvents: Bool { nextEvent < events.count }

    func note(_ event: Event) { events.append(event) }

    /// Lets the client send so many bytes more, on the stream and in all (section 5.2).
    package func consume(_ count: Int, of stream: StreamID) {
        check(nghttp2_session_consume(session, stream.rawValue, count), "consume")
    }

    /// Lets the client send so many bytes more, but not on the stream that brought them.
    package func discard(_ count: Int) {
        check(nghttp2_session_consume_connection(session, count), "consume_connection")
    }

    /// Lets the client send what was discarded and is taken now, on the stream that brought it.
    package func consumeHeld(_ count: Int, of stream: StreamID) {
        check(nghttp2_session_consume_stream(session, stream.rawValue, count), "consume_stream")
    }

    /// Content that moves excuses the frames that it needed.
    func excuseFrames(for count: Int) {
        excusingBytes += count
        if excusingBytes >= limits.http2.excusingContentBytes {
            (excusingBytes, idleFrames) = (0, 0)
        }
    }

    // MARK: Output

    /// Answers a request. Nothing happens where the stream is gone.
    ///
    /// - Parameter asksToStop: More of the request may come, which nobody wants: the stream is reset
    ///   behind the answer, without an error (section 8.1).
    package func respond(
        to stream: StreamID, _ response: Response, requestID: String, date: [UInt8],
        isHead: Bool, asksToStop: Bool
    ) {
        guard isOpen(stream), !streamsToReset.contains(stream) else { return }
        if asksToStop { streamsToReset.insert(stream) }
        fieldBlock.fill(response, requestID: requestID, date: date)
        let hasContent = !isHead && response.status.allowsContent && !response.body.isEmpty
        if hasContent {
            contents.append(Content(stream: stream, bytes: response.body))
            unsentBytes += response.body.count
        }
        var provider = nghttp2_data_provider()
        provider.read_callback = HTTP2Callbacks.readContent
        let code = fieldBlock.withPairs { pairs in
            withUnsafePointer(to: provider) {
                nghttp2_submit_response(
                    session, stream.rawValue, pairs.baseAddress, pairs.count,
                    hasContent ? $0 : nil)
            }
        }
        check(code, "submit_response")
    }

    /// Asks for the content (RFC 9110 section 15.2.1).
    package func sendContinue(on stream: StreamID) {
        guard isOpen(stream) else { return }
        fieldBlock.fillContinue()
        let code = fieldBlock.withPairs { pairs in
            nghttp2_submit_headers(
                session, UInt8(NGHTTP2_FLAG_NONE.rawValue), stream.rawValue, nil,
                pairs.baseAddress, pairs.count, nil)
        }
        check(code < 0 ? code : 0, "submit_headers")
    }

    /// Whether an answer may still be sent.
    private func isOpen(_ stream: StreamID) -> Bool {
        nghttp2_session_get_stream_local_close(session, stream.rawValue) == 0
    }

    /// Whether a part of the answer's content waits for the client.
    package func isSending(on stream: StreamID) -> Bool {
        contents.contains { $0.stream == stream }
    }

    /// Breaks a stream off, or what is left of it.
    package func reset(_ stream: StreamID, _ error: HTTP2ErrorCode) {
        guard nghttp2_session_get_stream_local_close(session, stream.rawValue) >= 0 else {
            return
        }
        if error == .refusedStream { streamsRefused.insert(stream) }
        let code = nghttp2_submit_rst_stream(
            session, UInt8(NGHTTP2_FLAG_NONE.rawValue), stream.rawValue, error.rawValue)
        check(code, "submit_rst_stream")
    }

    /// Appends what there is to send, until `output` holds `limit` bytes or a little more.
    package func appendOutput(to output: inout [UInt8], upTo limit: Int) {
        while output.count < limit {
            var bytes: UnsafePointer<UInt8>?
            let count = nghttp2_session_mem_send(session, &bytes)
            if count < 0 { return end(because: .init(.internalError, .internalError)) }
            guard count > 0, let bytes else { return }
            output.append(contentsOf: UnsafeBufferPointer(start: bytes, count: count))
        }
    }

    // MARK: The end

    /// Tells the client that the connection will close, before it is told which of its requests
    /// still count: those on their way now do (section 6.8). `shutdownSeen` is the client's answer.
    package func announceShutdown() {
        check(nghttp2_submit_shutdown_notice(session), "submit_shutdown_notice")
        check(nghttp2_submit_ping(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), nil), "submit_ping")
    }

    /// No request that comes from now on counts; the connection is finished when those that have
    /// come are answered.
    package func shutDown() {
        let last = nghttp2_session_get_last_proc_stream_id(session)
        let code = nghttp2_submit_goaway(
            session, UInt8(NGHTTP2_FLAG_NONE.rawValue), last, NGHTTP2_NO_ERROR.rawValue, nil, 0)
        check(code, "submit_goaway")
    }

    /// Ends the connection: GOAWAY, and nothing after it.
    package func end(because error: HTTP2ErrorCode) { end(because: Violation(error, nil)) }

    private func end(because violation: Violation) {
        self.violation = violation
        if let ending = violation.ending { refusals.append(.connection(ending)) }
        let code = nghttp2_session_terminate_session(session, violation.error.rawValue)
        check(code, "terminate_session")
    }

    /// The session was called against its rules, or there is no memory.
    private func check(_ code: Int32, _ call: StaticString) {
        precondition(code == 0, "nghttp2 \(call) failed with \(code)")
    }

    private static func violation(of code: Int32) -> Violation {
        switch code {
        case NGHTTP2_ERR_BAD_CLIENT_MAGIC.rawValue: .init(.protocolError, .protocolError)
        case NGHTTP2_ERR_FLOODED.rawValue: .init(.enhanceYourCalm, .acknowledgements)
        default: .init(.internalError, .internalError)
        }
    }
}
