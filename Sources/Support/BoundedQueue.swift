import Foundation

/// Where producers on any thread meet one consumer: a queue that refuses rather than grows.
///
/// Writes: any thread, through `offer`. Reads: one consumer thread, through `takeAll`.
package final class BoundedQueue<Element: Sendable>: @unchecked Sendable {
    // @unchecked: every access to the two variables holds `condition`.
    private let condition = NSCondition()
    private let capacity: Int
    private var waiting: [Element] = []
    private var hasClosed = false

    package init(capacity: Int) {
        precondition(capacity > 0, "a queue of capacity \(capacity) accepts nothing")
        self.capacity = capacity
    }

    /// Adds an element. False when the queue is full or closed: the caller must say so.
    package func offer(_ element: Element) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        guard !hasClosed, waiting.count < capacity else { return false }
        waiting.append(element)
        condition.signal()
        return true
    }

    /// Waits for elements and takes all of them, at most `limit`, oldest first. Empty only after
    /// `close`, when nothing is left.
    package func takeAll(limit: Int = .max) -> [Element] {
        condition.lock()
        defer { condition.unlock() }
        while waiting.isEmpty, !hasClosed { condition.wait() }
        if waiting.count <= limit {
            defer { waiting = [] }
            return waiting
        }
        defer { waiting.removeFirst(limit) }
        return Array(waiting.prefix(limit))
    }

    /// The same without a limit, for a consumer that has other work too: nil where nothing comes
    /// for so long.
    package func takeAll(waitingAtMost patience: Duration) -> [Element]? {
        let deadline = Date(timeIntervalSinceNow: patience.inSeconds)
        condition.lock()
        defer { condition.unlock() }
        while waiting.isEmpty, !hasClosed {
            guard patience > .zero, condition.wait(until: deadline) else { return nil }
        }
        defer { waiting = [] }
        return waiting
    }

    /// Refuses from now on; what is queued is still handed out.
    package func close() {
        condition.lock()
        defer { condition.unlock() }
        hasClosed = true
        condition.broadcast()
    }

    package var isClosed: Bool {
        condition.lock()
        defer { condition.unlock() }
        return hasClosed
    }

    package var count: Int {
        condition.lock()
        defer { condition.unlock() }
        return waiting.count
    }
}
