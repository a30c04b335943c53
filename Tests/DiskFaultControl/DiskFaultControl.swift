import Foundation

/// Tells the preloaded library of Tests/DiskFaults which operation is to fail, while the process that
/// it is loaded into runs. The places and numbers are those of its `DiskFaults.h`.
package struct DiskFaultControl: Sendable {
    package struct Operations: OptionSet, Sendable, CustomStringConvertible {
        package let rawValue: Int64

        package init(rawValue: Int64) { self.rawValue = rawValue }

        package static let write = Operations(rawValue: 1)
        package static let sync = Operations(rawValue: 2)
        package static let truncate = Operations(rawValue: 4)
        package static let open = Operations(rawValue: 8)
        package static let read = Operations(rawValue: 16)
        package static let map = Operations(rawValue: 32)
        package static let unlink = Operations(rawValue: 64)
        package static let rename = Operations(rawValue: 128)
        /// What a file system refuses for files that are open when it becomes read-only.
        package static let changes: Operations = [.write, .truncate, .unlink, .rename]

        package var description: String {
            let names = [
                "write", "sync", "truncate", "open", "read", "map", "unlink", "rename",
            ]
            return names.indices.filter { rawValue >> Int64($0) & 1 == 1 }.map { names[$0] }
                .joined(separator: "+")
        }
    }

    private enum Field: Int {
        case operations, error, number, repeats, seen, failed, clockOffset, last
    }

    /// In place of an `errno`: a write that ends early and succeeds.
    package static let endsEarly: Int32 = -1

    package let path: String

    package init(creating path: String) throws {
        self.path = path
        try Data(count: 8 * (Field.last.rawValue + 1)).write(to: URL(fileURLWithPath: path))
    }

    package init(at path: String) {
        self.path = path
    }

    /// What to set in the environment of a process, beside `LD_PRELOAD`.
    package func environment(folder: String) -> [String: String] {
        ["DISK_FAULTS_CONTROL": path, "DISK_FAULTS_FOLDER": folder]
    }

    /// From now on the operation with this number fails; with `repeats`, every later one, too.
    package func fail(
        _ operations: Operations, error: Int32, number: Int = 1, repeats: Bool = true
    ) throws {
        try relent()
        try set(.error, Int64(error))
        try set(.number, Int64(number))
        try set(.repeats, repeats ? 1 : 0)
        try set(.seen, 0)
        try set(.failed, 0)
        try set(.operations, operations.rawValue)
    }

    /// Nothing fails any more.
    package func relent() throws { try set(.operations, 0) }

    package func setClock(aheadBy duration: Duration) throws {
        try set(.clockOffset, duration.components.seconds * 1000)
    }

    package var repeats: Bool { get throws { try value(.repeats) == 1 } }

    /// How many operations have failed since `fail`.
    package var failed: Int { get throws { Int(try value(.failed)) } }

    private func set(_ field: Field, _ value: Int64) throws {
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
        defer { try? file.close() }  // it is written by then
        try file.seek(toOffset: UInt64(8 * field.rawValue))
        try file.write(contentsOf: withUnsafeBytes(of: value) { Data($0) })
    }

    private func value(_ field: Field) throws -> Int64 {
        let data = try Data(contentsOf: URL(fileURLWithPath: path))
        return data.dropFirst(8 * field.rawValue).prefix(8).withUnsafeBytes {
            $0.loadUnaligned(as: Int64.self)
        }
    }
}
