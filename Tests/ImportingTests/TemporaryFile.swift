import Foundation

/// A file of its own for a test; gone with the last reference.
final class TemporaryFile {
    let path: String

    init(_ bytes: some Sequence<UInt8>) throws {
        path = NSTemporaryDirectory() + "starling-importing-\(UUID().uuidString)"
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }

    convenience init(_ text: String) throws {
        try self.init(text.utf8)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }
}

/// A folder of its own for a test; gone with the last reference.
final class TemporaryFolder {
    let path: String

    init(_ files: [String: String]) throws {
        path = NSTemporaryDirectory() + "starling-importing-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        for (name, text) in files {
            let bytes = text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
            try Data(bytes).write(to: URL(fileURLWithPath: "\(path)/\(name)"))
        }
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }
}
