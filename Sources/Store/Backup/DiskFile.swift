import Foundation

/// A file by its descriptor, and names on the disk: each call checked, each rename made durable.
final class DiskFile {
    private let descriptor: Int32

    /// Readable and writable by its owner only; what was there is gone.
    init(creating path: String) throws {
        Self.remove(path)
        descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        try Self.check(descriptor, "create", path)
    }

    deinit { Glibc.close(descriptor) }

    func sync() throws {
        try Self.check(fdatasync(descriptor), "sync", "the copy")
    }

    /// Writes what another file holds.
    private func append(contentsOf path: String) throws {
        let source = open(path, O_RDONLY | O_CLOEXEC)
        try Self.check(source, "open", path)
        defer { Glibc.close(source) }
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = buffer.withUnsafeMutableBytes { read(source, $0.baseAddress, $0.count) }
            try Self.check(count, "read", path)
            guard count > 0 else { return }
            var rest = buffer[..<count]
            while !rest.isEmpty {
                let written = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
                try Self.check(written, "write", "the copy")
                rest = rest.dropFirst(written)
            }
        }
    }

    static func rename(_ path: String, to name: String) throws {
        try check(Glibc.rename(path, name), "rename", path)
        try syncFolder(of: name)
    }

    /// As link(2).
    typealias Link = @Sendable (String, String) -> Int32

    static let link: Link = { Glibc.link($0, $1) }

    /// Gives a file a second name, which nobody has. Where the file system has no hard links, a copy
    /// gets it.
    static func keep(_ path: String, as name: String, link: Link) throws {
        guard access(name, F_OK) != 0 else {
            throw StoreError(code: .system(EEXIST), operation: "link", context: name)
        }
        if link(path, name) == 0 { return try syncFolder(of: name) }
        let error = errno
        guard [EPERM, EOPNOTSUPP, ENOSYS, EXDEV, EMLINK].contains(error) else {
            throw StoreError(code: .system(error), operation: "link", context: name)
        }
        let part = name + ".part"
        defer { remove(part) }
        let file = try DiskFile(creating: part)
        try file.append(contentsOf: path)
        try file.sync()
        try rename(part, to: name)
    }

    static func syncFolder(of name: String) throws {
        let folder = URL(fileURLWithPath: name).deletingLastPathComponent().path
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        try check(descriptor, "open", folder)
        defer { Glibc.close(descriptor) }
        try check(fsync(descriptor), "sync", folder)
    }

    /// Whether or not it is there.
    static func remove(_ path: String) {
        unlink(path)
    }

    /// Whether there is nothing, or nothing in it.
    static func isEmpty(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_size == 0 : errno == ENOENT
    }

    static func size(of path: String) throws -> Int {
        var status = stat()
        try check(stat(path, &status), "stat", path)
        return Int(status.st_size)
    }

    private static func check(
        _ result: some SignedInteger, _ operation: String, _ path: String
    ) throws {
        guard result >= 0 else {
            throw StoreError(code: .system(errno), operation: operation, context: path)
        }
    }
}
