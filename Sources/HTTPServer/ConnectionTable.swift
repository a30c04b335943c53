import Synchronization

/// Counts the open connections of all loops against their bound. Any thread reads and writes.
final class ConnectionTable: Sendable {
    private let limit: Int
    private let open = Atomic<Int>(0)
    private let isAcceptorWaiting = Atomic<Bool>(false)
    /// Called, on the loop that closed a connection, when the acceptor waits for a place.
    private let onRoom = Mutex<(@Sendable () -> Void)?>(nil)

    init(limit: Int) {
        self.limit = limit
    }

    var isFull: Bool { open.load(ordering: .relaxed) >= limit }

    func add() { open.wrappingAdd(1, ordering: .relaxed) }

    func remove() {
        open.wrappingSubtract(1, ordering: .sequentiallyConsistent)
        if isAcceptorWaiting.exchange(false, ordering: .sequentiallyConsistent) {
            onRoom.withLock { $0 }?()
        }
    }

    /// Nobody waits any more.
    func stopWaiting() {
        isAcceptorWaiting.store(false, ordering: .sequentiallyConsistent)
        onRoom.withLock { $0 = nil }
    }

    /// Asks to be told of the next free place.
    func waitForRoom(_ call: @escaping @Sendable () -> Void) {
        onRoom.withLock { $0 = call }
        isAcceptorWaiting.store(true, ordering: .sequentiallyConsistent)
        // A place may have come free before the flag was set; then nobody else would tell.
        if open.load(ordering: .sequentiallyConsistent) < limit,
            isAcceptorWaiting.exchange(false, ordering: .sequentiallyConsistent)
        {
            call()
        }
    }
}
