/// The server's side of an HTTP/1.1 connection without the connection: bytes in, events out
/// (RFC 9112).
///
///     request line ─→ field lines ─→ .head ─┬─→ content of known length ─────────────┬─→ .end ─→
///                                           ├─→ chunk size ⇄ chunk data, trailers ───┤    next
///                                           └─→ nothing ─────────────────────────────┘  request
///
/// A line is read when it is complete, so what comes out doesn't depend on how the bytes were cut
/// on their way. After `.failed` nothing more comes out: where the next request would begin is
/// unknown, so the connection must be closed.
package struct HTTP1Engine: ~Copyable {
    package enum Event: Sendable {
        case head(RequestHead)
        /// A part of the content, never empty.
        case body([UInt8])
        case end
        case needMore
        /// To be answered, and the connection to be closed.
        case failed(Problem)
    }

    private enum State {
        case requestLine
        case fieldLines
        case content(remaining: Int)
        case chunkSize
        case chunkData(remaining: Int)
        case trailers
        case failed
    }

    private let limits: HTTPLimits
    private var state = State.requestLine
    private var head = HeadBuilder()
    private var input: [UInt8] = []
    /// The first byte of the input that no event has covered.
    private var position = 0
    /// There is no line feed between `position` and here: slow clients' bytes are looked at once.
    private var scanned = 0
    private var headerBytes = 0
    private var trailerCount = 0
    private var chunkExtensionBytes = 0
    private var bodyBytes = 0
    private var maxBodyBytes: Int
    private var skippedEmptyLine = false

    package init(limits: HTTPLimits) {
        self.limits = limits
        maxBodyBytes = limits.maxDiscardedBytes
    }

    /// Bytes that wait for `next`.
    package var bufferedBytes: Int { input.count - position }

    /// Nothing of a request has come yet.
    package var isBetweenRequests: Bool {
        if case .requestLine = state { bufferedBytes == 0 } else { false }
    }

    package var hasFailed: Bool {
        if case .failed = state { true } else { false }
    }

    /// Whether what waits is the beginning of an HTTP/2 connection. To be asked before `next`, on
    /// a new connection.
    package var prefaceMatch: HTTP2Preface.Match { HTTP2Preface.match(input[position...]) }

    /// Hands over what waits, for another protocol to read.
    package mutating func takeBuffered() -> [UInt8] {
        let rest = Array(input[position...])
        _ = takeInput()
        return rest
    }

    /// Sets the bound of the present request's content, after its head and before its body. Without
    /// it that is what may be thrown away.
    package mutating func limitBody(to maxBytes: Int) {
        maxBodyBytes = maxBytes
    }

    /// Takes bytes over from the network.
    package mutating func receive(_ bytes: UnsafeRawBufferPointer) {
        if case .failed = state { return }
        if position > 0 {
            input.removeSubrange(..<position)
            scanned -= position
            position = 0
        }
        bytes.withMemoryRebound(to: UInt8.self) { input.append(contentsOf: $0) }
    }

    /// The next event that the bytes so far give.
    package mutating func next() -> Event {
        do throws(Problem) {
            let event = try step()
            if bufferedBytes == 0 { releaseInput() }
            return event
        } catch {
            state = .failed
            (input, position, scanned) = ([], 0, 0)
            return .failed(error)
        }
    }

    private mutating func step() throws(Problem) -> Event {
        while true {
            switch state {
            case .requestLine:
                guard try readRequestLine() else { return .needMore }
            case .fieldLines:
                guard let line = try nextFieldLine() else { return .needMore }
                if line.isEmpty { return .head(try endHead()) }
                try head.add(fieldLine: line, limits)
            case .content(remaining: 0):
                startNextRequest()
                return .end
            case .content(let remaining):
                guard let part = takePart(of: remaining) else { return .needMore }
                state = .content(remaining: remaining - part.count)
                return .body(part)
            case .chunkSize:
                guard try readChunkSize() else { return .needMore }
            case .chunkData(remaining: 0):
                guard try readChunkEnd() else { return .needMore }
            case .chunkData(let remaining):
                guard let part = takePart(of: remaining) else { return .needMore }
                state = .chunkData(remaining: remaining - part.count)
                return .body(part)
            case .trailers:
                guard let line = try nextFieldLine() else { return .needMore }
                if line.isEmpty { state = .content(remaining: 0) } else { try check(trailer: line) }
            case .failed:
                return .needMore
            }
        }
    }

    // MARK: The head

    private mutating func readRequestLine() throws(Problem) -> Bool {
        // RFC 9112 section 2.2: an empty line before the request line, as careless clients send
        // behind a body, is ignored. One, so that nobody lives on empty lines.
        guard let line = try nextLine(limit: limits.maxRequestLineBytes, over: .uriTooLong) else {
            return false
        }
        if line.isEmpty, !skippedEmptyLine {
            skippedEmptyLine = true
            return true
        }
        try head.read(requestLine: line)
        headerBytes = line.count
        state = .fieldLines
        return true
    }

    /// The next line of the head or the trailers, within the bound for all of them together.
    private mutating func nextFieldLine() throws(Problem) -> ArraySlice<UInt8>? {
        let limit = max(0, limits.maxHeaderBytes - headerBytes)
        let line = try nextLine(limit: limit, over: .requestHeaderFieldsTooLarge)
        headerBytes += line?.count ?? 0
        return line
    }

    private mutating func endHead() throws(Problem) -> RequestHead {
        let finished = try head.finish()
        maxBodyBytes = limits.maxDiscardedBytes
        switch finished.framing {
        case .none: state = .content(remaining: 0)
        case .length(let count): state = .content(remaining: count)
        case .chunked: state = .chunkSize
        case .unknownLength: preconditionFailure("no HTTP/1.1 request ends with its stream")
        }
        return finished
    }

    private mutating func startNextRequest() {
        state = .requestLine
        head = HeadBuilder()
        (headerBytes, trailerCount, chunkExtensionBytes, bodyBytes) = (0, 0, 0, 0)
        skippedEmptyLine = false
    }

    // MARK: Chunked content (RFC 9112 section 7.1)

    private mutating func readChunkSize() throws(Problem) -> Bool {
        guard let line = try nextLine(limit: limits.maxChunkLineBytes, over: .badRequest) else {
            return false
        }
        let (size, extensionBytes) = try ChunkLine.parse(line)
        chunkExtensionBytes += extensionBytes
        guard chunkExtensionBytes <= limits.maxChunkExtensionBytes else {
            throw .badRequest("invalid-chunk", "the chunk extensions are too long")
        }
        guard size <= maxBodyBytes - bodyBytes else { throw .contentTooLarge(limit: maxBodyBytes) }
        bodyBytes += size
        headerBytes = 0
        state = size == 0 ? .trailers : .chunkData(remaining: size)
        return true
    }

    private mutating func readChunkEnd() throws(Problem) -> Bool {
        guard bufferedBytes >= 1 else { return false }
        guard input[position] == ASCII.carriageReturn,
            bufferedBytes == 1 || input[position + 1] == ASCII.lineFeed
        else { throw .badRequest("invalid-chunk", "a chunk is longer than its size says") }
        guard bufferedBytes >= 2 else { return false }
        position += 2
        scanned = max(scanned, position)
        state = .chunkSize
        return true
    }

    /// RFC 9112 section 7.1.2 lets a recipient drop the trailers; their form is checked all the
    /// same, since what follows them is the next request.
    private mutating func check(trailer line: ArraySlice<UInt8>) throws(Problem) {
        trailerCount += 1
        guard trailerCount <= limits.maxHeaderCount else { throw HeadBuilder.tooManyFields }
        _ = try FieldLine(line)
    }

    // MARK: The input

    /// The next line without its CRLF; nil while it is incomplete.
    ///
    /// - Throws: 400 for a line that ends without CR: RFC 9112 section 2.2 allows to accept it,
    ///   but where others on the way don't, that hides requests in requests. `over` when the line
    ///   is longer than `limit`.
    private mutating func nextLine(
        limit: Int, over: Status
    ) throws(Problem) -> ArraySlice<UInt8>? {
        let end = min(input.count, position + limit + 2)
        guard let lineFeed = firstLineFeed(before: end) else {
            scanned = end
            guard end < position + limit + 2 else { throw HeadBuilder.tooLong(over, limit: limit) }
            return nil
        }
        guard lineFeed > position, input[lineFeed - 1] == ASCII.carriageReturn else {
            throw .badRequest("invalid-line", "a line ends without a carriage return")
        }
        defer {
            position = lineFeed + 1
            scanned = position
        }
        return input[position..<lineFeed - 1]
    }

    private func firstLineFeed(before end: Int) -> Int? {
        let start = max(scanned, position)
        guard start < end else { return nil }
        return input.withUnsafeBufferPointer { bytes in
            bytes[start..<end].firstIndex(of: ASCII.lineFeed)
        }
    }

    /// As much of the content as is there.
    private mutating func takePart(of remaining: Int) -> [UInt8]? {
        let count = min(remaining, bufferedBytes)
        guard count > 0 else { return nil }
        if count == input.count, count > Self.keptCapacity {
            return takeInput()  // a large part changes hands without being copied
        }
        let part = Array(input[position..<position + count])
        position += count
        scanned = position
        return part
    }

    private mutating func takeInput() -> [UInt8] {
        let whole = input
        (input, position, scanned) = ([], 0, 0)
        return whole
    }

    /// An idle connection keeps a small buffer at most.
    private mutating func releaseInput() {
        guard position > 0 else { return }
        if input.capacity > Self.keptCapacity {
            input = []
        } else {
            input.removeAll(keepingCapacity: true)
        }
        (position, scanned) = (0, 0)
    }

    private static let keptCapacity = 4096
}
