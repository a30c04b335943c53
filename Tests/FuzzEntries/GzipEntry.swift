import HTTP

/// Any bytes are unpacked or refused, the same whole as in parts; and what is packed comes back.
func fuzzGzip(_ bytes: [UInt8]) {
    precondition(
        unpacked(bytes, partSize: bytes.count) == unpacked(bytes, partSize: 3),
        "parts of the same input give another content")
    guard let packed = Gzip.pack(bytes) else { preconditionFailure("nothing packed") }
    precondition(unpacked(packed, partSize: 7) == bytes, "a content that changes when packed")
}

/// As much as a small input may unpack to here.
private let maximumBytes = 1 << 20

/// Nil where the bytes are no gzip or break off.
private func unpacked(_ bytes: [UInt8], partSize: Int) -> [UInt8]? {
    let decoder = GzipDecoder()
    var content: [UInt8] = []
    var rest = bytes[...]
    while true {
        do throws(GzipDecoder.Broken) {
            while content.count < maximumBytes {
                let piece = try decoder.next(atMost: 4096)
                if piece.isEmpty { break }
                precondition(piece.count <= 4096, "\(piece.count) bytes at once")
                content += piece
            }
        } catch {
            return nil
        }
        guard content.count < maximumBytes else { return Array(content.prefix(maximumBytes)) }
        guard !rest.isEmpty else { return decoder.isComplete ? content : nil }
        decoder.supply(Array(rest.prefix(max(1, partSize))))
        rest = rest.dropFirst(max(1, partSize))
    }
}
