/// `chunk-size [ chunk-ext ]` (RFC 9112 section 7.1). Extensions are passed over, as a recipient
/// that knows none must.
enum ChunkLine {
    /// - Returns: The chunk's size, and how many bytes its extensions take.
    static func parse(
        _ line: ArraySlice<UInt8>
    ) throws(Problem) -> (size: Int, extensionBytes: Int) {
        var size = 0
        var position = line.startIndex
        while position < line.endIndex, let digit = ASCII.hexValue(line[position]) {
            guard size <= Int.max >> 4 else {
                throw .badRequest("invalid-chunk", "a chunk's size is too large")
            }
            size = size << 4 | digit
            position += 1
        }
        guard position > line.startIndex else {
            throw .badRequest("invalid-chunk", "a chunk's size is no hexadecimal number")
        }
        let rest = line[position...]
        let extensions = rest.drop(while: ASCII.isWhitespace)
        guard rest.isEmpty || extensions.first == UInt8(ascii: ";"),
            extensions.allSatisfy(ASCII.isFieldContent)
        else { throw .badRequest("invalid-chunk", "a chunk's extension is malformed") }
        return (size, rest.count)
    }
}
