import Crypto
import Foundation

/// What the database keeps of a key: HMAC-SHA256 (RFC 2104), keyed with a secret of the database.
package struct KeyHash: Sendable, Equatable {
    let bytes: [UInt8]
}

/// Hashes keys of the API and compares them. Decision 0013 says why this hash.
package struct KeyHasher: Sendable {
    private let secret: SymmetricKey

    init(_ secret: SymmetricKey) {
        self.secret = secret
    }

    package func hash(_ key: String) -> KeyHash {
        var key = key
        return key.withUTF8 { hash(UnsafeRawBufferPointer($0)) }
    }

    package func hash(_ key: UnsafeRawBufferPointer) -> KeyHash {
        KeyHash(
            bytes: [UInt8](HMAC<SHA256>.authenticationCode(for: key, using: secret)))
    }
}

extension KeyHash {
    /// Whether they are the same, in a time that doesn't tell where they differ.
    package func matches(_ other: KeyHash) -> Bool {
        var difference: UInt8 = bytes.count == other.bytes.count ? 0 : 1
        for (mine, others) in zip(bytes, other.bytes) { difference |= mine ^ others }
        return difference == 0
    }
}

/// The text of a key: `starling_ID_SECRET`, with 256 random bits that nobody guesses and an id by
/// which its hash is found. The beginning lets scanners of leaked secrets find it.
package enum KeyText {
    private static let prefix = "starling"

    package static func make(id: String) -> String {
        let secret = SymmetricKey(size: .bits256).withUnsafeBytes { Data($0) }
        // base64url (RFC 4648 section 5), unpadded
        let text = secret.base64EncodedString()
            .replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_")
            .replacingOccurrences(of: "=", with: "")
        return "\(prefix)_\(id)_\(text)"
    }

    /// The id of a stored key; nil for any other text.
    package static func id(in key: UnsafeRawBufferPointer) -> Int64? {
        let start = prefix.utf8.count + 1
        guard key.count > start, key[start - 1] == UInt8(ascii: "_"),
            key.prefix(start - 1).elementsEqual(prefix.utf8)
        else { return nil }
        var id: Int64 = 0
        for (place, byte) in key[start...].prefix(19).enumerated() {
            if byte == UInt8(ascii: "_") { return place > 0 ? id : nil }
            guard (0x30...0x39).contains(byte), place < 18 else { return nil }
            id = id * 10 + Int64(byte - 0x30)
        }
        return nil
    }
}
