/// JSON by hand, for the one answer that is asked for all the time: `JSONEncoder` takes longer to
/// write it than the service to find it. What comes out is the encoder's own form, byte for byte.
struct JSONWriter {
    private(set) var bytes: [UInt8] = []

    init(capacity: Int) {
        bytes.reserveCapacity(capacity)
    }

    /// Punctuation and names: text that is JSON already.
    mutating func append(_ json: StaticString) {
        json.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    mutating func append(string: String) {
        var string = string
        bytes.append(UInt8(ascii: "\""))
        string.withUTF8 { text in
            for byte in text { append(character: byte) }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    mutating func append(integer: some BinaryInteger) {
        bytes.append(contentsOf: integer.description.utf8)
    }

    /// - Throws: `EncodingError` for a number that JSON doesn't have.
    mutating func append(number: Float) throws {
        guard number.isFinite else {
            throw EncodingError.invalidValue(
                number, .init(codingPath: [], debugDescription: "JSON has no \(number)"))
        }
        let digits = number.description
        bytes.append(contentsOf: digits.utf8)
        if digits.hasSuffix(".0") { bytes.removeLast(2) }
    }

    mutating func appendNull() { append("null") }

    private mutating func append(character byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"):
            bytes.append(UInt8(ascii: "\\"))
            bytes.append(byte)
        case 0..<0x20:  // ids hold none
            append("\\u00")
            bytes.append(Self.hexDigit(byte >> 4))
            bytes.append(Self.hexDigit(byte & 15))
        default: bytes.append(byte)
        }
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}
