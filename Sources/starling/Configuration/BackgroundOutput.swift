import Foundation
import Support

/// A file that a thread of its own writes, so that whoever logs doesn't wait for whoever reads: a pipe
/// that nobody empties would else hold an event loop for ever. What finds no room is dropped.
final class BackgroundOutput: TextOutputStream, Sendable {
    /// The process's log. What waits is written before the process exits.
    static let standardError: BackgroundOutput = {
        atexit { BackgroundOutput.standardError.close() }
        return BackgroundOutput(descriptor: STDERR_FILENO)
    }()

    /// How many texts wait.
    static let capacity = 4096
    /// How long `close` waits, in seconds.
    private static let patience = 1.0

    private let queue = BoundedQueue<String>(capacity: capacity)
    private let finished = DispatchSemaphore(value: 0)

    /// - Parameter descriptor: Stays the caller's to close.
    init(descriptor: Int32) {
        let thread = Thread { [self] in
            var texts = queue.takeAll()
            while !texts.isEmpty {
                Self.write(texts.joined(), to: descriptor)
                texts = queue.takeAll()
            }
            finished.signal()
        }
        thread.name = "log"
        thread.start()
    }

    func write(_ text: String) {
        _ = queue.offer(text)
    }

    /// Writes what waits. Nothing is taken any more.
    func close() {
        queue.close()
        _ = finished.wait(timeout: .now() + Self.patience)
    }

    private static func write(_ text: String, to descriptor: Int32) {
        var text = text
        text.withUTF8 { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = Foundation.write(
                    descriptor, UnsafeBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return }  // nobody is left to tell
                rest = rest.dropFirst(count)
            }
        }
    }
}
