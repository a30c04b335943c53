import Support

/// Names one answer for good: `r-` and a ULID, 48 bits of time and 80 random ones in Crockford's
/// base 32 (github.com/ulid/spec). It names, it protects nothing.
enum AnswerID {
    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

    static func make(at time: Timestamp) -> String {
        var generator = SystemRandomNumberGenerator()
        var digits = [UInt8](repeating: 0, count: 26)
        write(UInt64(truncatingIfNeeded: time.milliseconds), to: &digits, 0..<10)
        write(generator.next(), to: &digits, 10..<18)
        write(generator.next(), to: &digits, 18..<26)
        return "r-" + String(decoding: digits, as: UTF8.self)
    }

    /// Five bits a digit, the lowest last.
    private static func write(_ value: UInt64, to digits: inout [UInt8], _ range: Range<Int>) {
        var rest = value
        for place in range.reversed() {
            digits[place] = alphabet[Int(rest & 31)]
            rest >>= 5
        }
    }
}
