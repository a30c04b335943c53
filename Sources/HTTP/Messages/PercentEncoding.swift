/// Percent-encoding (RFC 3986 section 2.1).
package enum PercentEncoding {
    /// The text that the bytes stand for; nil where a `%` has no two hex digits behind it or the
    /// result isn't UTF-8.
    ///
    /// - Parameter plusIsSpace: True inside a query only.
    package static func decode(_ text: Substring.UTF8View, plusIsSpace: Bool = false) -> String? {
        guard isEncoded(text) else { return String(Substring(text)) }
        var decoded: [UInt8] = []
        decoded.reserveCapacity(text.count)
        var rest = text.makeIterator()
        while let byte = rest.next() {
            if byte == ASCII.percent {
                guard let high = rest.next().flatMap(ASCII.hexValue),
                    let low = rest.next().flatMap(ASCII.hexValue)
                else { return nil }
                decoded.append(UInt8(high << 4 | low))
            } else {
                decoded.append(plusIsSpace && byte == UInt8(ascii: "+") ? ASCII.space : byte)
            }
        }
        return String(validating: decoded, as: UTF8.self)
    }

    /// Whether the text may mean something else than it says.
    private static func isEncoded(_ text: Substring.UTF8View) -> Bool {
        func isMark(_ byte: UInt8) -> Bool { byte == ASCII.percent || byte == UInt8(ascii: "+") }
        return text.withContiguousStorageIfAvailable { $0.contains(where: isMark) }
            ?? text.contains(where: isMark)
    }

    /// Leaves only the unreserved characters of RFC 3986 section 2.3 as they are.
    package static func encode(_ text: String) -> String {
        var encoded: [UInt8] = []
        for byte in text.utf8 {
            if isUnreserved(byte) {
                encoded.append(byte)
            } else {
                encoded += [ASCII.percent, hexDigits[Int(byte >> 4)], hexDigits[Int(byte & 15)]]
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"): true
        default: false
        }
    }

    private static let hexDigits = Array("0123456789ABCDEF".utf8)
}
