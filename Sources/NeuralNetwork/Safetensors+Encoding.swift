import Foundation

extension Safetensors {
    /// The file. Wide elements come first, so that every tensor is aligned to its element; the
    /// header is padded with spaces to a multiple of 8, as the Python package does.
    package func encoded() -> [UInt8] {
        let ordered = entries.enumerated()
            .sorted { ($1.element.dtype.size, $0.offset) < ($0.element.dtype.size, $1.offset) }
            .map(\.element)
        var header = Array(Self.header(of: ordered, metadata: metadata).utf8)
        header += [UInt8](repeating: UInt8(ascii: " "), count: (8 - header.count % 8) % 8)

        var file: [UInt8] = []
        file.reserveCapacity(8 + header.count + ordered.reduce(0) { $0 + $1.bytes.count })
        withUnsafeBytes(of: UInt64(header.count).littleEndian) { file += $0 }
        file += header
        for entry in ordered { file += entry.bytes }
        return file
    }

    private static func header(of entries: [Entry], metadata: [String: String]) -> String {
        var members: [String] = []
        if !metadata.isEmpty {
            let pairs = metadata.sorted { $0.key < $1.key }
                .map { "\(quoted($0.key)):\(quoted($0.value))" }
            members.append("\"__metadata__\":{\(pairs.joined(separator: ","))}")
        }
        var offset = 0
        for entry in entries {
            let shape = entry.shape.map(String.init).joined(separator: ",")
            let end = offset + entry.bytes.count
            members.append(
                """
                \(quoted(entry.name)):{"dtype":"\(entry.dtype.rawValue)","shape":[\(shape)],\
                "data_offsets":[\(offset),\(end)]}
                """)
            offset = end
        }
        return "{\(members.joined(separator: ","))}"
    }

    /// A JSON string (RFC 8259, section 7).
    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\\(scalar)"
            case "\0"..<" ": quoted += String(format: "\\u%04x", scalar.value)
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
