import HTTP

/// The lines of a body while it arrives, without their ends; blank ones are passed over.
struct LineReader {
    private let stream: (any BodySource)?
    private let maximumBytes: Int
    private var buffer: [UInt8]
    /// Where the next line begins in the buffer.
    private var start = 0
    /// Up to where the buffer is known to have no line end.
    private var searched = 0
    private var isAtEnd: Bool
    /// Lines that were handed out.
    private var count = 0

    init(_ body: RequestBody, maximumBytes: Int) {
        self.maximumBytes = maximumBytes
        switch body {
        case .collected(let bytes):
            (stream, buffer, isAtEnd) = (nil, bytes, true)
        case .stream(let stream):
            (self.stream, buffer, isAtEnd) = (stream, [], false)
        }
    }

    /// - Throws: `Problem`: 413 for a line beyond the limit, or what broke the stream.
    mutating func next() async throws -> [UInt8]? {
        while true {
            if let line = takeLine() {
                guard line.count <= maximumBytes else { throw tooLong }
                if Self.isBlank(line) { continue }
                count += 1
                return line
            }
            guard !isAtEnd else { return nil }
            guard buffer.count - start <= maximumBytes else { throw tooLong }
            if let part = try await stream?.next() {
                buffer.removeFirst(start)
                searched -= start
                start = 0
                buffer += part
            } else {
                isAtEnd = true
            }
        }
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
