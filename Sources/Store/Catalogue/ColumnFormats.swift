import Foundation

/// Lists of names as a column holds them: a JSON array, which SQL can read too. A start reads one for
/// each item, so lists without anything to escape don't go through Foundation's coder.
enum JSONText {
    static func array(_ strings: [String]) throws -> String {
        if strings.isEmpty { return "[]" }
        if strings.allSatisfy(isPlain) {
            return "[\"" + strings.joined(separator: separator) + "\"]"
        }
        return String(decoding: try JSONEncoder().encode(strings), as: UTF8.self)
    }

    static func strings(_ text: String) throws -> [String] {
        if text == "[]" { return [] }
        // Without a backslash a quotation mark begins or ends a string.
        let bytes = text.utf8
        guard bytes.count > 4, text.hasPrefix("[\""), text.hasSuffix("\"]"),
            !bytes.contains(UInt8(ascii: "\\"))
        else { return try JSONDecoder().decode([String].self, from: Data(bytes)) }
        let inner = text[
            bytes.index(bytes.startIndex, offsetBy: 2)..<bytes.index(bytes.endIndex, offsetBy: -2)]
        let parts = inner.utf8.split(
            separator: UInt8(ascii: "\""), omittingEmptySubsequences: false)
        // Strings and the commas between them take turns.
        guard parts.count % 2 == 1,
            stride(from: 1, to: parts.count, by: 2).allSatisfy({ parts[$0].elementsEqual(",".utf8) }
            )
        else { return try JSONDecoder().decode([String].self, from: Data(bytes)) }
        return stride(from: 0, to: parts.count, by: 2).map {
            String(decoding: parts[$0], as: UTF8.self)
        }
    }

    private static let separator = "\",\""

    private static func isPlain(_ text: String) -> Bool {
        text.utf8.allSatisfy { byte in
            byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
        }
    }
}

/// Vectors as a column holds them: Float32, little endian.
enum Float32Blob {
    static func data(_ floats: [Float]) -> Data {
        var data = Data(capacity: floats.count * 4)
        for value in floats {
            withUnsafeBytes(of: value.bitPattern.littleEndian) { data.append(contentsOf: $0) }
        }
        return data
    }

    static func floats(_ data: Data) -> [Float] {
        data.withUnsafeBytes { bytes in
            stride(from: 0, to: bytes.count - bytes.count % 4, by: 4).map { offset in
                let bits = bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
                return Float(bitPattern: UInt32(littleEndian: bits))
            }
        }
    }
}
