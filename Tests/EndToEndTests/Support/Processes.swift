import Foundation

/// Processes as the kernel shows them, https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
enum Processes {
    /// The children of a process that still run.
    static func children(of parent: Int32) throws -> [Int32] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap(Int32.init)
            .filter { process in
                guard let (state, itsParent) = stat(of: process) else { return false }
                return itsParent == parent && state != "Z"
            }
    }

    /// Whether the process is there and no zombie that nobody has waited for.
    static func isRunning(_ process: Int32) -> Bool {
        stat(of: process).map { $0.state != "Z" } ?? false
    }

    private static func stat(of process: Int32) -> (state: String, parent: Int32)? {
        guard let data = FileManager.default.contents(atPath: "/proc/\(process)/stat") else {
            return nil
        }
        // pid (name, which may hold anything) state parent …
        let text = String(decoding: data, as: UTF8.self)
        guard let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > 1, let parent = Int32(fields[1]) else { return nil }
        return (String(fields[0]), parent)
    }
}
