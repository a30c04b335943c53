import DiskFaultControl
import Foundation
import Support
import Testing

/// The program that appends until it is killed, and what it said to be acknowledged.
struct CrashChild {
    private let process: ChildProcess
    private let output = Pipe()
    private(set) var lines: [String] = []
    private var rest = Data()

    /// With `losingWrites`, the disk below the child forgets what was not synced; with `failing`, it
    /// does for the files of a folder what its control says.
    init(
        _ arguments: [String], losingWrites database: String? = nil,
        failing: (control: DiskFaultControl, folder: String)? = nil
    ) throws {
        let products = try Self.products
        var environment = ProcessInfo.processInfo.environment
        if database != nil || failing != nil {
            // Beside what a sanitizer preloads.
            environment["LD_PRELOAD"] = [
                environment["LD_PRELOAD"], products.appending(path: "libDiskFaults.so").path,
            ].compactMap(\.self).joined(separator: ":")
            environment["DISK_FAULTS_SHADOWED"] = database
            if let failing {
                environment.merge(failing.control.environment(folder: failing.folder)) { $1 }
            }
        }
        process = try ChildProcess(
            products.appending(path: "StoreCrashChild").path, arguments,
            environment: environment, output: output.fileHandleForWriting)
        try output.fileHandleForWriting.close()
    }

    /// Reads until so many lines have come, or the child ends.
    mutating func read(lines wanted: Int) {
        while lines.count < wanted {
            let data = output.fileHandleForReading.availableData
            if data.isEmpty { return }
            take(data)
        }
    }

    /// `kill -9`, then what it said before.
    mutating func kill() {
        process.send(SIGKILL)
        process.waitUntilEnded()
        take(output.fileHandleForReading.readDataToEndOfFile())
    }

    /// Reads until it ends by itself.
    mutating func readToEnd() {
        take(output.fileHandleForReading.readDataToEndOfFile())
        process.waitUntilEnded()
    }

    private mutating func take(_ data: Data) {
        rest.append(data)
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            lines.append(String(decoding: rest[rest.startIndex..<end], as: UTF8.self))
            rest = rest[rest.index(after: end)...]
        }
    }

    /// Where the build puts executables and libraries: beside the test's own.
    private static var products: URL {
        get throws {
            let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
            let beside = URL(filePath: own).deletingLastPathComponent()
            let arguments = CommandLine.arguments.map {
                URL(filePath: $0).deletingLastPathComponent()
            }
            return try #require(
                ([beside] + arguments).first { folder in
                    FileManager.default.fileExists(
                        atPath: folder.appending(path: "StoreCrashChild").path)
                })
        }
    }
}
