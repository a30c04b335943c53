import HTTP

/// The lines of a body while it arrives, without their ends; blank ones are passed over. What it
/// reads of a stream counts among all requests' content, until the lines are given back.
struct LineReader {
    private let stream: (any BodySource)?
    private let maximumBytes: Int
    /// Nil for content that is counted already.
    private let reservation: BodyReservation?
    private let overhead: Int
    private var buffer: [UInt8]
    /// Where the next line begins in the buffer.
    private var start = 0
    /// Up to where the buffer is known to have no line end.
    private var searched = 0
    private var isAtEnd: Bool
    /// Lines that were handed out.
    private var count = 0
    /// What counts for the lines that were handed out and not given back.
    private var lentBytes = 0

    /// - Parameter overhead: What the reader's user keeps in memory of each line, beside its bytes.
    init(
        _ body: RequestBody, maximumBytes: Int, within reservation: BodyReservation? = nil,
        overhead: Int = 0
    ) {
        self.maximumBytes = maximumBytes
        self.overhead = overhead
        switch body {
        case .collected(let bytes):
            (stream, buffer, isAtEnd, self.reservation) = (nil, bytes, true, nil)
        case .stream(let stream):
            (self.stream, buffer, isAtEnd, self.reservation) = (stream, [], false, reservation)
        }
    }

    /// Nothing of the lines that were handed out is in memory any more.
    mutating func giveBack() {
        reservation?.shrink(by: lentBytes)
        lentBytes = 0
    }

    /// - Throws: `Problem`: 413 for a line beyond the limit, 503 where all requests together hold as
    ///   much as they may, or what broke the stream.
    mutating func next() async throws -> [UInt8]? {
        while true {
            if let line = try nextBuffered() { return line }
            guard !isAtEnd else { return nil }
            dropLines()
            if let part = try await stream?.next() {
                try add(part)
            } else {
                isAtEnd = true
            }
        }
    }

    /// Nil where the next line isn't whole yet.
    private mutating func nextBuffered() throws -> [UInt8]? {
        while true {
            let first = start
            guard let line = takeLine() else {
                guard buffer.count - start <= maximumBytes else { throw tooLong }
                return nil
            }
            guard line.count <= maximumBytes else { throw tooLong }
            let bytes = start - first
            if Self.isBlank(line) {
                reservation?.shrink(by: bytes)
                continue
            }
            try reservation?.grow(by: overhead)
            lentBytes += bytes + overhead
            count += 1
            return line
        }
    }

    private mutating func add(_ part: [UInt8]) throws {
        try reservation?.grow(by: part.count)
        buffer += part
    }

    /// Before a wait, which may be long: their memory goes with them.
    private mutating func dropLines() {
        guard start > 0 else { return }
        buffer = Array(buffer[start...])
        searched -= start
        start = 0
    }

    private var tooLong: Problem {
        Problem(
            .contentTooLarge, type: "content-too-large",
            "line \(count + 1), blank ones aside, has more than \(maximumBytes) bytes; lines before "
                + "it may be stored")
    }

    private mutating func takeLine() -> [UInt8]? {
        if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
            defer { (start, searched) = (end + 1, end + 1) }
            return Array(buffer[start..<end])
        }
        searched = buffer.count
        guard isAtEnd, start < buffer.count else { return nil }
        defer { start = buffer.count }
        return Array(buffer[start...])
    }

    static func isBlank(_ line: some Sequence<UInt8>) -> Bool {
        line.allSatisfy {
            $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: "\r")
        }
    }
}
