import Events

/// A file of events, read in chunks of bounded size.
package protocol EventSource {
    /// The size of the file, for progress.
    var totalBytes: Int64 { get }

    /// The next events in the order of the file; nil after the last.
    ///
    /// - Parameter maximum: How many lines a chunk holds at most, good and bad ones together.
    /// - Throws: `ImportError` where the file can't be read on. A bad line is no error.
    mutating func nextChunk(maximum: Int) throws -> ImportChunk?
}

/// A part of a file of events.
package struct ImportChunk: Sendable, Equatable {
    package var events: [Event] = []
    /// The lines that hold no event, with the reason.
    package var problems: [ImportProblem] = []
    /// Where the file's next unread line starts: the bytes behind us, from the start of the file.
    package var bytesRead: Int64 = 0
}

/// Why a line was left out. The text names the field and the rule, and no content of the file.
package struct ImportProblem: Error, Sendable, Equatable, CustomStringConvertible {
    /// From 1.
    package var line: Int
    package var reason: String

    package init(line: Int, reason: String) {
        self.line = line
        self.reason = reason
    }

    package var description: String { "line \(line): \(reason)" }
}

/// Why a file or folder can't be imported at all.
package enum ImportError: Error, Sendable, Equatable, CustomStringConvertible {
    case unreadable(path: String, reason: String)
    /// A folder without any of the editions' files, or without one of them.
    case missingFiles(folder: String, names: [String])
    case malformed(path: String, ImportProblem)

    package var description: String {
        switch self {
        case .unreadable(let path, let reason):
            "\(path) can't be read: \(reason)"
        case .missingFiles(let folder, let names):
            "\(folder) has no \(names.joined(separator: ", no "))"
        case .malformed(let path, let problem):
            "\(path), \(problem)"
        }
    }
}
