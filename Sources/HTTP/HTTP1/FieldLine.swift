/// `field-name ":" OWS field-value OWS` (RFC 9112 section 5), taken apart and checked.
struct FieldLine {
    let name: ArraySlice<UInt8>
    let value: ArraySlice<UInt8>

    /// - Throws: 400 for a name that is no token, which covers whitespace before the colon
    ///   (section 5.1) and at the line's begin, that is, obsolete line folding (section 5.2); and
    ///   for control characters in the value (RFC 9110 section 5.5).
    init(_ line: ArraySlice<UInt8>) throws(Problem) {
        let colon = line.firstIndex { !ASCII.isToken($0) } ?? line.endIndex
        guard colon > line.startIndex, colon < line.endIndex, line[colon] == ASCII.colon else {
            throw .badRequest("invalid-field", "a field line has no valid name")
        }
        name = line[..<colon]
        var (start, end) = (colon + 1, line.endIndex)
        while start < end, ASCII.isWhitespace(line[start]) { start += 1 }
        while start < end, ASCII.isWhitespace(line[end - 1]) { end -= 1 }
        value = line[start..<end]
        guard value.allSatisfy(ASCII.isFieldContent) else {
            throw .badRequest("invalid-field", "a field value holds a control character")
        }
    }

    func isNamed(_ lowercased: StaticString) -> Bool {
        name.withUnsafeBufferPointer { ASCII.equal($0, lowercased: lowercased) }
    }

    func valueIs(_ lowercased: StaticString) -> Bool {
        value.withUnsafeBufferPointer { ASCII.equal($0, lowercased: lowercased) }
    }

    /// The elements of a list in lower case; empty ones don't count (RFC 9110 section 5.6.1).
    func listElements() -> [String] {
        value.split(separator: ASCII.comma).compactMap { part in
            let element = String(decoding: part.map(ASCII.lowercase), as: UTF8.self)
                .trimming { $0 == " " || $0 == "\t" }
            return element.isEmpty ? nil : element
        }
    }
}

extension String {
    fileprivate func trimming(_ isSpace: (Character) -> Bool) -> String {
        let start = firstIndex { !isSpace($0) } ?? endIndex
        let end = lastIndex { !isSpace($0) }.map(index(after:)) ?? start
        return String(self[start..<end])
    }
}
