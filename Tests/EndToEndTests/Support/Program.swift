import Foundation
import Support

/// The program that the same build has made, beside the test bundle.
enum Program {
    struct Missing: Error, CustomStringConvertible {
        var description: String { "there is no program named starling beside the test bundle" }
    }

    /// How a command ended, and what it said.
    struct Ending: Sendable {
        var status: Int32
        var output: String
        var errors: String
    }

    /// What Scripts/test-sanitize sets for every program; nothing else of this process's environment
    /// shall change what a test sees.
    private static let inherited = ProcessInfo.processInfo.environment.filter {
        [
            "TSAN_OPTIONS", "ASAN_OPTIONS", "LD_PRELOAD", "SWIFT_BACKTRACE",
            "STARLING_TRAINER_MEMORY_MEBIBYTES",
        ].contains($0.key)
    }

    /// Runs a command to its end.
    static func run(
        _ arguments: [String], environment: [String: String] = [:]
    ) throws -> Ending {
        let folder = try TemporaryFolder()
        let process = try start(arguments, environment: environment, log: folder)
        return Ending(
            status: process.waitUntilEnded().status, output: try output(in: folder),
            errors: try errors(in: folder))
    }

    /// Starts a command. What it says goes to files: nobody has to read a pipe for it to go on.
    ///
    /// - Parameter errors: Nil for the log's file.
    static func start(
        _ arguments: [String], environment: [String: String], log: TemporaryFolder,
        errors: FileHandle? = nil
    ) throws -> ChildProcess {
        let output = try file("stdout", in: log)
        return try ChildProcess(
            url().path, arguments, environment: inherited.merging(environment) { $1 },
            folder: log.url.path,
            output: output, errors: errors ?? file("stderr", in: log))
    }

    static func output(in log: TemporaryFolder) throws -> String {
        try String(contentsOfFile: log.path("stdout"), encoding: .utf8)
    }

    static func errors(in log: TemporaryFolder) throws -> String {
        try String(contentsOfFile: log.path("stderr"), encoding: .utf8)
    }

    /// The path of something else that the build has made.
    static func beside(_ name: String) throws -> String {
        try url().deletingLastPathComponent().appendingPathComponent(name).path
    }

    private static func url() throws -> URL {
        let own =
            [URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()]
            + CommandLine.arguments.prefix(1).map { URL(fileURLWithPath: $0) }
        for folder in own.map({ $0.deletingLastPathComponent() }) {
            let program = folder.appendingPathComponent("starling")
            if FileManager.default.isExecutableFile(atPath: program.path) { return program }
        }
        throw Missing()
    }

    private static func file(_ name: String, in log: TemporaryFolder) throws -> FileHandle {
        let path = try log.write("", to: name)
        return try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    }
}

extension ChildProcess.Ending {
    /// What `wait` in a program would see: a signal as its negative number.
    var status: Int32 {
        switch self {
        case .exited(let status): status
        case .killed(let signal): -signal
        }
    }
}
