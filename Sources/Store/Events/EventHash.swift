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

/// HMAC-SHA256 (RFC 2104) cut to 128 bits. What only depends on the key is done once; `HMAC` of the
/// library looks types up at run time, for each hash, which takes longer than the hashing.
struct KeyedHasher: Sendable {
    private let inner: SHA256
    private let outer: SHA256

    init(key: SymmetricKey) {
        inner = Self.begun(with: key, pad: 0x36)
        outer = Self.begun(with: key, pad: 0x5C)
    }

    func hash(_ bytes: [UInt8]) -> EventHash {
        var inner = inner
        bytes.withUnsafeBytes { inner.update(bufferPointer: $0) }
        var outer = outer
        inner.finalize().withUnsafeBytes { outer.update(bufferPointer: $0) }
        return outer.finalize().withUnsafeBytes { EventHash($0) }
    }

    /// - Precondition: The key fits into a block; a longer one would have to be hashed first.
    private static func begun(with key: SymmetricKey, pad: UInt8) -> SHA256 {
        var block = key.withUnsafeBytes { [UInt8]($0) }
        precondition(block.count <= SHA256.blockByteCount, "a key of \(block.count) bytes")
        block += [UInt8](repeating: 0, count: SHA256.blockByteCount - block.count)
        var hash = SHA256()
        block.map { $0 ^ pad }.withUnsafeBytes { hash.update(bufferPointer: $0) }
        return hash
    }
}
