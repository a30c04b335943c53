import Events
import GRDB
import Support
import Synchronization

/// Reads the store through connections that can only read, each on a thread of its own.
///
/// The queries are methods of `StoreSnapshot`; those asked most have a short form here. Each read
/// is one short transaction: it sees one state of the store, and lets the WAL be truncated soon.
package final class StoreReader: Sendable {
    static let defaultCapacity = 4096

    private let pool: DatabasePool
    private let types: EventTypeTable
    private let recentEvents: RecentEvents
    private let capacity: Int
    private let underWay = Atomic(0)
    private let isClosed = Atomic(false)

    init(
        _ pool: DatabasePool, meanings: EventMeanings, recentEvents: RecentEvents, capacity: Int
    ) {
        self.pool = pool
        self.recentEvents = recentEvents
        self.capacity = capacity
        types = EventTypeTable(meanings: meanings)
    }

    /// Reads that wait or run: what a metric shows.
    package var readsUnderWay: Int { underWay.load(ordering: .relaxed) }

    /// Reads on a reader's thread. Refuses when too many reads wait.
    package func read<Result: Sendable>(
        _ body: @escaping @Sendable (StoreSnapshot) throws -> Result
    ) async throws -> Result {
        let before = underWay.wrappingAdd(1, ordering: .relaxed).oldValue
        defer { underWay.wrappingSubtract(1, ordering: .relaxed) }
        guard before < capacity else { throw StoreRefusal.readersBusy }
        do {
            return try await pool.read { [types, recentEvents] db in
                try body(StoreSnapshot(db, types, recentEvents))
            }
        } catch {
            // What SQLite says of a connection that is gone is "out of memory".
            if isClosed.load(ordering: .acquiring) { throw StoreRefusal.closed }
            throw StoreError.translating(error, operation: "read")
        }
    }

    /// Reads and makes the caller wait: for the trainer, never for an event loop.
    package func readNow<Result>(_ body: (StoreSnapshot) throws -> Result) throws -> Result {
        do {
            return try pool.read { db in try body(StoreSnapshot(db, types, recentEvents)) }
        } catch {
            throw StoreError.translating(error, operation: "read")
        }
    }

    package func close() throws {
        isClosed.store(true, ordering: .releasing)
        try pool.close()
    }
}
