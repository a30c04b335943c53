import Crypto
import Support
import Testing

@testable import Store

@Suite struct KeyedHasherTests {
    /// Against the library's, over the lengths around a block's.
    @Test func hashesAsHMACDoes() {
        var random = RandomSource(seed: 2)
        for keyLength in [1, 32, 64] {
            let keyBytes = (0..<keyLength).map { _ in UInt8.random(in: 0...255, using: &random) }
            let key = SymmetricKey(data: keyBytes)
            let hasher = KeyedHasher(key: key)
            for length in [0, 1, 31, 55, 56, 63, 64, 65, 119, 120, 300] {
                let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
                let expected = HMAC<SHA256>.authenticationCode(for: bytes, using: key)
                #expect(hasher.hash(bytes) == expected.withUnsafeBytes { EventHash($0) })
            }
        }
    }
}
