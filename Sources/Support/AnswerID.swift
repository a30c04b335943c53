import Synchronization

/// Names one answer for good: `r-` and a ULID, 48 bits of time and 80 more in Crockford's base 32
/// (github.com/ulid/spec). The 16 bits after the time count the process's answers, so that the
/// first half of an id is its answer's own; the second half is random. It names, it protects
/// nothing.
package struct AnswerID: Hashable, Sendable {
    private static let count = Atomic<UInt16>(.random(in: .min ... .max))
    private static let prefix = Array("r-".utf8)
    private static let digitCount = 26
    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)
    private static let values: [UInt8?] = {
        var values = [UInt8?](repeating: nil, count: 256)
        for (value, digit) in alphabet.enumerated() { values[Int(digit)] = UInt8(value) }
        return values
    }()

    /// Milliseconds since 1970 in the upper 48 bits: grows with the time.
    package let number: Int64
    package let nonce: UInt64

    package init(number: Int64, nonce: UInt64) {
        self.number = number
        self.nonce = nonce
    }

    /// A new one.
    package init(at time: Timestamp) {
        let count = Self.count.wrappingAdd(1, ordering: .relaxed).newValue
        var generator = SystemRandomNumberGenerator()
        self.init(number: Self.number(at: time) | Int64(count), nonce: generator.next())
    }

    /// Nil where the text isn't in the form of `text`.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == Self.prefix.count + Self.digitCount, bytes.starts(with: Self.prefix)
        else { return nil }
        var value: UInt128 = 0
        for byte in bytes[Self.prefix.count...] {
            // The first digit has two bits more than fit.
            guard let digit = Self.values[Int(byte)], value >> 123 == 0 else { return nil }
            value = value << 5 | UInt128(digit)
        }
        self.init(
            number: Int64(truncatingIfNeeded: value >> 64),
            nonce: UInt64(truncatingIfNeeded: value))
    }

    /// Below the number of every answer of that millisecond or later.
    package static func number(at time: Timestamp) -> Int64 { time.milliseconds << 16 }

    package var time: Timestamp { Timestamp(milliseconds: number >> 16) }

    package var text: String {
        var rest = UInt128(truncatingIfNeeded: UInt64(bitPattern: number)) << 64 | UInt128(nonce)
        return String(unsafeUninitializedCapacity: Self.prefix.count + Self.digitCount) { bytes in
            _ = bytes.update(fromContentsOf: Self.prefix)
            for place in (Self.prefix.count..<bytes.count).reversed() {
                bytes[place] = Self.alphabet[Int(truncatingIfNeeded: rest & 31)]
                rest >>= 5
            }
            return Self.prefix.count + Self.digitCount
        }
    }
}
