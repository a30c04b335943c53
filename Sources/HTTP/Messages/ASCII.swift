/// The character classes that HTTP's grammar is written in.
enum ASCII {
    static let tab: UInt8 = 0x09
    static let lineFeed: UInt8 = 0x0A
    static let carriageReturn: UInt8 = 0x0D
    static let space: UInt8 = 0x20
    static let comma = UInt8(ascii: ",")
    static let colon = UInt8(ascii: ":")
    static let percent = UInt8(ascii: "%")

    /// `tchar` of RFC 9110 section 5.6.2.
    @inline(__always)
    static func isToken(_ byte: UInt8) -> Bool {
        byte < 128 && (byte < 64 ? tokenLow >> byte : tokenHigh >> (byte - 64)) & 1 == 1
    }

    /// What a host's name is made of beside percent-encoded bytes: unreserved and sub-delims (RFC
    /// 3986 section 3.2.2).
    @inline(__always)
    static func isRegisteredName(_ byte: UInt8) -> Bool {
        byte < 128 && (byte < 64 ? nameLow >> byte : nameHigh >> (byte - 64)) & 1 == 1
    }

    /// VCHAR: 0x21 to 0x7E.
    @inline(__always)
    static func isVisible(_ byte: UInt8) -> Bool { byte > 0x20 && byte < 0x7F }

    /// What a field value may hold: VCHAR, obs-text, space and tab (RFC 9110 section 5.5).
    @inline(__always)
    static func isFieldContent(_ byte: UInt8) -> Bool {
        (byte >= 0x20 && byte != 0x7F) || byte == tab
    }

    @inline(__always)
    static func isWhitespace(_ byte: UInt8) -> Bool { byte == space || byte == tab }

    @inline(__always)
    static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

    static func isAlphanumeric(_ byte: UInt8) -> Bool {
        isDigit(byte) || lowercase(byte) &- 0x61 < 26
    }

    @inline(__always)
    static func lowercase(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }

    static func hexValue(_ byte: UInt8) -> Int? {
        switch byte {
        case 0x30...0x39: Int(byte) - 0x30
        case 0x41...0x46: Int(byte) - 0x41 + 10
        case 0x61...0x66: Int(byte) - 0x61 + 10
        default: nil
        }
    }

    /// Compares with a literal that is already in lower case.
    static func equal(_ bytes: UnsafeBufferPointer<UInt8>, lowercased literal: StaticString) -> Bool
    {
        guard bytes.count == literal.utf8CodeUnitCount else { return false }
        for index in bytes.indices where lowercase(bytes[index]) != literal.utf8Start[index] {
            return false
        }
        return true
    }

    private static let (tokenLow, tokenHigh) = bits(of: "!#$%&'*+-.^_`|~")
    private static let (nameLow, nameHigh) = bits(of: "-._~!$&'()*+,;=")

    /// A bit for each letter, digit and one of `others`.
    private static func bits(of others: String) -> (UInt64, UInt64) {
        let alphanumerics = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
        var (low, high): (UInt64, UInt64) = (0, 0)
        for byte in (alphanumerics + others).utf8 {
            if byte < 64 { low |= 1 << UInt64(byte) } else { high |= 1 << UInt64(byte - 64) }
        }
        return (low, high)
    }
}
