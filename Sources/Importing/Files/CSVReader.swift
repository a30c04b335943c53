import Events

/// Reads records of comma-separated values, which may go over several lines.
///
/// Reference: RFC 4180, section 2. Differs: lines may also end with a bare line feed.
struct CSVReader {
    struct Record {
        /// Where the record begins, from 1.
        var line: Int
        var fields: Result<[String], RuleViolation>
    }

    private(set) var lines: LineReader

    init(path: String) throws {
        lines = try LineReader(path: path)
    }

    /// The next record that isn't an empty line; nil after the last.
    mutating func next() throws -> Record? {
        while let line = try lines.next() {
            if !line.isTooLong && (line.bytes.isEmpty || line.bytes.elementsEqual([0x0D])) {
                continue
            }
            return Record(line: line.number, fields: try fields(from: line))
        }
        return nil
    }

    /// Takes further lines in for as long as a quote is open.
    private mutating func fields(
        from first: LineReader.Line
    ) throws -> Result<[String], RuleViolation> {
        var parser = CSVParser()
        var line = first
        var length = 0
        while true {
            length += line.bytes.count
            if line.isTooLong || length > LineReader.maximumLineBytes { return .failure(.tooLong) }
            switch parser.parse(line.bytes) {
            case .complete(let fields): return .success(fields)
            case .malformed(let violation): return .failure(violation)
            case .openQuote: break
            }
            guard let more = try lines.next() else { return .failure(.openQuote) }
            line = more
        }
    }
}

/// Takes one record apart, line by line.
private struct CSVParser {
    enum Outcome {
        case complete([String])
        case malformed(RuleViolation)
        /// The record goes on in the next line.
        case openQuote
    }

    private static let quote: UInt8 = 0x22
    private static let comma: UInt8 = 0x2C

    private var fields: [String] = []
    /// What is read of the field whose quote is open.
    private var quoted: [UInt8]?
    private var line: ArraySlice<UInt8> = []
    private var position = 0

    /// - Parameter line: Without its line feed; a carriage return before that is no text, except
    ///   inside quotes.
    mutating func parse(_ line: ArraySlice<UInt8>) -> Outcome {
        self.line = line
        position = line.startIndex
        let end = line.last == 0x0D ? line.endIndex - 1 : line.endIndex
        quoted?.append(0x0A)
        while true {
            guard let field = field(upTo: end) else { return .openQuote }
            guard let text = String(validating: field, as: UTF8.self) else {
                return .malformed(RuleViolation(reason: "not UTF-8"))
            }
            fields.append(text)
            if position >= end { return .complete(fields) }
            guard line[position] == Self.comma else { return .malformed(.strayQuote) }
            position += 1
        }
    }

    /// Nil where the line ends inside quotes.
    private mutating func field(upTo end: Int) -> ArraySlice<UInt8>? {
        if quoted == nil, position < end, line[position] == Self.quote {
            quoted = []
            position += 1
        }
        if quoted != nil { return quotedField() }
        let start = position
        // A quote in here is an error, which the caller finds.
        while position < end, line[position] != Self.comma, line[position] != Self.quote {
            position += 1
        }
        return line[start..<position]
    }

    private mutating func quotedField() -> ArraySlice<UInt8>? {
        while position < line.endIndex {
            let byte = line[position]
            position += 1
            if byte == Self.quote {
                // Two quotes stand for one.
                guard position < line.endIndex, line[position] == Self.quote else {
                    defer { quoted = nil }
                    return quoted?[...]
                }
                position += 1
            }
            quoted?.append(byte)
        }
        return nil
    }
}

extension RuleViolation {
    static let tooLong = RuleViolation(
        reason: "longer than \(LineReader.maximumLineBytes) bytes")
    fileprivate static let openQuote = RuleViolation(reason: "a quote is not closed")
    fileprivate static let strayQuote = RuleViolation(reason: "a quote inside an unquoted field")
}
