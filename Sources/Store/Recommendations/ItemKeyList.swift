import Foundation
import Support

/// Keys as a stored answer has them: LEB128, seven bits a byte, the lowest first
/// (https://en.wikipedia.org/wiki/LEB128).
enum ItemKeyList {
    static func encode(_ keys: some Sequence<ItemKey>) -> Data {
        var bytes: [UInt8] = []
        append(keys, to: &bytes)
        return Data(bytes)
    }

    static func append(_ keys: some Sequence<ItemKey>, to bytes: inout [UInt8]) {
        for key in keys {
            var rest = UInt32(bitPattern: key.rawValue)
            while rest > 127 {
                bytes.append(UInt8(truncatingIfNeeded: rest) | 128)
                rest >>= 7
            }
            bytes.append(UInt8(rest))
        }
    }

    /// - Throws: `StoreError` for bytes that `encode` doesn't make.
    static func decode(_ bytes: Data) throws -> [ItemKey] {
        var keys: [ItemKey] = []
        var value: UInt64 = 0
        var shift: UInt64 = 0
        for byte in bytes {
            value |= UInt64(byte & 127) << shift
            shift += 7
            guard value <= UInt32.max, shift <= 35 else { throw damaged }
            if byte < 128 {
                keys.append(ItemKey(Int32(truncatingIfNeeded: value)))
                (value, shift) = (0, 0)
            }
        }
        guard shift == 0 else { throw damaged }
        return keys
    }

    private static let damaged = StoreError(
        code: .damagedRow, operation: "read", context: "items of a recommendation")
}
