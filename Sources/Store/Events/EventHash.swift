import Crypto
import Foundation

/// 128 bits of a keyed hash, ordered like their bytes.
struct EventHash: Hashable, Comparable, Sendable {
    static let byteCount = 16

    let high: UInt64
    let low: UInt64

    init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// - Precondition: There are at least 16 bytes.
    init(_ bytes: UnsafeRawBufferPointer) {
        high = UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self))
        low = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
    }

    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try withUnsafeBytes(of: (high.bigEndian, low.bigEndian), body)
    }

    static func < (lhs: EventHash, rhs: EventHash) -> Bool {
        (lhs.high, lhs.low) < (rhs.high, rhs.low)
    }
}

/// HMAC-SHA256 (RFC 2104) cut to 128 bits. What only depends on the key is done once.
struct KeyedHasher: Sendable {
    private let keyed: HMAC<SHA256>

    init(key: SymmetricKey) {
        keyed = HMAC(key: key)
    }

    func hash(_ bytes: [UInt8]) -> EventHash {
        var code = keyed
        code.update(data: bytes)
        return code.finalize().withUnsafeBytes { EventHash($0) }
    }
}
