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

    static func rename(_ path: String, to name: String) throws {
        try check(Glibc.rename(path, name), "rename", path)
        try syncFolder(of: name)
    }

    /// Gives the file a name that nobody has, and takes its old one away.
    static func move(_ path: String, toNew name: String) throws {
        try check(link(path, name), "link", name)
        remove(path)
        try syncFolder(of: name)
    }

    private static func syncFolder(of name: String) throws {
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

    static func size(of path: String) throws -> Int {
        var status = stat()
        try check(stat(path, &status), "stat", path)
        return Int(status.st_size)
    }

    private static func check(_ result: Int32, _ operation: String, _ path: String) throws {
        guard result >= 0 else {
            throw StoreError(code: .system(errno), operation: operation, context: path)
        }
    }
}
