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
            if line.isTooLong { return Record(line: line.number, fields: .failure(.tooLong)) }
            var bytes = line.bytes
            if bytes.isEmpty || bytes.elementsEqual([0x0D]) { continue }
            while true {
                var parser = CSVParser(bytes: bytes)
                switch parser.parse() {
                case .complete(let fields):
                    return Record(line: line.number, fields: .success(fields))
                case .malformed(let violation):
                    return Record(line: line.number, fields: .failure(violation))
                case .openQuote:
                    guard let more = try lines.next() else {
                        return Record(line: line.number, fields: .failure(.openQuote))
                    }
                    bytes.append(0x0A)
                    bytes.append(contentsOf: more.bytes)
                    if more.isTooLong || bytes.count > LineReader.maximumLineBytes {
                        return Record(line: line.number, fields: .failure(.tooLong))
                    }
                }
            }
        }
        return nil
    }
}

/// Takes the bytes of one record apart.
private struct CSVParser {
    enum Outcome {
        case complete([String])
        case malformed(RuleViolation)
        /// The record goes on in the next line.
        case openQuote
    }

    private static let quote: UInt8 = 0x22
    private static let comma: UInt8 = 0x2C

    private let bytes: ArraySlice<UInt8>
    private var position: Int

    /// - Parameter bytes: Without the last line feed; a carriage return before that is ignored.
    init(bytes: ArraySlice<UInt8>) {
        self.bytes = bytes.last == 0x0D ? bytes.dropLast() : bytes
        position = bytes.startIndex
    }

    mutating func parse() -> Outcome {
        var fields: [String] = []
        while true {
            let isQuoted = position < bytes.endIndex && bytes[position] == Self.quote
            guard let field = isQuoted ? quotedField() : plainField() else { return .openQuote }
            guard let text = String(validating: field, as: UTF8.self) else {
                return .malformed(RuleViolation(reason: "not UTF-8"))
            }
            fields.append(text)
            if position == bytes.endIndex { return .complete(fields) }
            guard bytes[position] == Self.comma else { return .malformed(.strayQuote) }
            position += 1
        }
    }

    /// Up to the next comma or quote. A quote there is an error, which the caller finds.
    private mutating func plainField() -> [UInt8]? {
        let start = position
        while position < bytes.endIndex, bytes[position] != Self.comma,
            bytes[position] != Self.quote
        {
            position += 1
        }
        return Array(bytes[start..<position])
    }

    /// Nil where the closing quote is missing.
    private mutating func quotedField() -> [UInt8]? {
        var field: [UInt8] = []
        position += 1
        while position < bytes.endIndex {
            let byte = bytes[position]
            position += 1
            if byte == Self.quote {
                // Two quotes stand for one.
                guard position < bytes.endIndex, bytes[position] == Self.quote else { return field }
                position += 1
            }
            field.append(byte)
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
