import Support
import Synchronization

/// Counts the open connections of all loops against their bound. Any thread reads and writes.
final class ConnectionTable: Sendable {
    private let limit: Int
    private let limitPerClient: Int
    private let ofClient = Mutex<[IPAddress: Int]>([:])
    private let open = Atomic<Int>(0)
    private let isAcceptorWaiting = Atomic<Bool>(false)
    /// Called, on the loop that closed a connection, when the acceptor waits for a place.
    private let onRoom = Mutex<(@Sendable () -> Void)?>(nil)

    init(limit: Int, limitPerClient: Int) {
        self.limit = limit
        self.limitPerClient = limitPerClient
    }

    var isFull: Bool { open.load(ordering: .relaxed) >= limit }

    /// - Parameter client: Whose connection it is; nil where that isn't counted.
    /// - Returns: False where this client has as many as it may.
    func add(_ client: IPAddress?) -> Bool {
        if let client {
            let hasRoom = ofClient.withLock { counts in
                let count = counts[client, default: 0]
                guard count < limitPerClient else { return false }
                counts[client] = count + 1
                return true
            }
            guard hasRoom else { return false }
        }
        open.wrappingAdd(1, ordering: .relaxed)
        return true
    }

    func remove(_ client: IPAddress?) {
        if let client {
            ofClient.withLock { counts in
                let left = counts[client, default: 0] - 1
                counts[client] = left > 0 ? left : nil
            }
        }
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
