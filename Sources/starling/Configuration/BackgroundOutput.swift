import Foundation
import Support
import Synchronization

/// A file that a thread of its own writes, so that whoever logs doesn't wait for whoever reads: a pipe
/// that nobody empties would else hold an event loop for ever. What finds no room is dropped; once
/// there is room again it is said how much that was.
final class BackgroundOutput: TextOutputStream, Sendable {
    /// The process's log. What waits is written before the process exits.
    static let standardError: BackgroundOutput = {
        atexit { BackgroundOutput.standardError.close() }
        return BackgroundOutput(descriptor: STDERR_FILENO)
    }()

    /// How many texts wait.
    static let capacity = 4096

    private let queue = BoundedQueue<String>(capacity: capacity)
    private let dropped = Atomic(0)
    private let finished = DispatchSemaphore(value: 0)

    /// - Parameter descriptor: Stays the caller's to close.
    init(descriptor: Int32) {
        let thread = Thread { [self] in
            var texts = queue.takeAll()
            while !texts.isEmpty {
                Self.write(texts.joined(), to: descriptor)
                let dropped = dropped.exchange(0, ordering: .relaxed)
                if dropped > 0 { Self.write("\(dropped) lines were dropped\n", to: descriptor) }
                texts = queue.takeAll()
            }
            finished.signal()
        }
        thread.name = "log"
        thread.start()
    }

    func write(_ text: String) {
        if !queue.offer(text) { dropped.wrappingAdd(1, ordering: .relaxed) }
    }

    /// Writes what waits, for so many seconds at most. Nothing is taken any more.
    func close(within patience: Double = 1) {
        queue.close()
        _ = finished.wait(timeout: .now() + patience)
    }

    private static func write(_ text: String, to descriptor: Int32) {
        // Where standard error can't be written nobody is left to tell.
        try? writeAll(Array(text.utf8), to: descriptor)
    }
}
