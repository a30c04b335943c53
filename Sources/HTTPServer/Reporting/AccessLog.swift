import Foundation
import HTTP
import Metrics
import Support
import Synchronization

/// A line of JSON for each answered request, written by a thread of its own: an event loop only
/// puts the request into a bounded queue. What finds no room there is dropped and counted.
///
/// There is no target in a line, no query, no id of a user or item and no address.
package final class AccessLog: Sendable {
    /// Lines that wait to be written.
    package static let capacity = 65_536

    private struct Entry: Sendable {
        var time: Timestamp
        var request: AnsweredRequest
    }

    /// Written by the event loops, read by the log's thread.
    private let queue = BoundedQueue<Entry>(capacity: capacity)
    /// Nil for standard output.
    private let path: String?
    private let clock: any WallClock
    private let onError: @Sendable (String) -> Void
    /// Written by whoever reopens the file, read by the log's thread while it writes.
    private let descriptor: Mutex<Int32>
    private let lines = Atomic(0)
    private let dropped = Atomic(0)
    private let finished = DispatchSemaphore(value: 0)

    /// - Parameters:
    ///   - path: Of a file that is appended to, or `-` for standard output.
    ///   - onError: Told when lines can't be written, once for each time that it begins.
    package init(
        path: String, clock: any WallClock, onError: @escaping @Sendable (String) -> Void
    ) throws(CannotOpen) {
        self.path = path == "-" ? nil : path
        self.clock = clock
        self.onError = onError
        descriptor = Mutex(path == "-" ? STDOUT_FILENO : try Self.open(path))
        let thread = Thread { [self] in
            write()
            finished.signal()
        }
        thread.name = "access log"
        thread.start()
    }

    package struct CannotOpen: Error, CustomStringConvertible {
        package let description: String
    }

    /// On the event loop that answered.
    package func note(_ request: AnsweredRequest) {
        if !queue.offer(Entry(time: clock.now(), request: request)) {
            dropped.wrappingAdd(1, ordering: .relaxed)
        }
    }

    /// Goes on in a new file of the same name: what has been moved away is complete. Where that
    /// can't be opened it goes on in the old one, and says so.
    package func reopen() {
        guard let path else { return }
        do throws(CannotOpen) {
            let new = try Self.open(path)
            let old = descriptor.withLock { descriptor in
                defer { descriptor = new }
                return descriptor
            }
            Foundation.close(old)
        } catch {
            onError("\(error)")
        }
    }

    /// Writes what waits and closes the file. Nothing is taken any more.
    ///
    /// - Parameter patience: Whoever reads a pipe may have stopped; then what waits is lost, and the
    ///   service ends.
    /// - Returns: False where that is so.
    @discardableResult
    package func close(within patience: Duration = .seconds(60)) -> Bool {
        queue.close()
        guard finished.wait(timeout: .now() + patience / .seconds(1)) == .success else {
            return false
        }
        if path != nil { descriptor.withLock { _ = Foundation.close($0) } }
        return true
    }

    package var waitingCount: Int { queue.count }

    package func write(to page: inout MetricsPage) {
        page.begin(.counter, "starling_access_log_lines_total", "Lines of the access log.")
        page.add(lines.load(ordering: .relaxed), ["result": "written"])
        page.add(dropped.load(ordering: .relaxed), ["result": "dropped"])
    }

    private static func open(_ path: String) throws(CannotOpen) -> Int32 {
        let descriptor = Foundation.open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else {
            throw CannotOpen(
                description: "the access log \(path) can't be opened: "
                    + String(cString: strerror(errno)))
        }
        return descriptor
    }

    // MARK: The log's thread

    private func write() {
        var isFailing = false
        while true {
            let entries = queue.takeAll(limit: 4096)
            if entries.isEmpty { return }
            var text: [UInt8] = []
            text.reserveCapacity(entries.count * 200)
            for entry in entries { AccessLogLine.append(entry.request, at: entry.time, to: &text) }
            do throws(WriteError) {
                try descriptor.withLock { descriptor throws(WriteError) in
                    try writeAll(text, to: descriptor)
                }
                lines.wrappingAdd(entries.count, ordering: .relaxed)
                isFailing = false
            } catch {
                dropped.wrappingAdd(entries.count, ordering: .relaxed)
                if !isFailing { onError("the access log can't be written: \(error)") }
                isFailing = true
            }
        }
    }
}
