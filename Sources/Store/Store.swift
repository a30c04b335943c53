import Events
import Foundation
import GRDB
import Support
import Synchronization

/// The event log, the catalogue, the checkpoints and the jobs: everything that lasts, in one file.
///
/// One process opens a store; it writes on one thread, through one connection, with group commit.
/// Whoever only reads uses `reader`, or `openReadOnly` from another process. A write is answered
/// once it is on the disk.
package final class Store: Sendable {
    package let options: StoreOptions
    package let reader: StoreReader
    package let recommendationLog: RecommendationLog
    package let health = StorageHealth()
    let meanings: EventMeanings
    let clock: any WallClock
    let secrets: Secrets
    let observers: StoreObservers
    let traces: ErasedTraces
    package let retentionStatus = RetentionStatus()
    let uploads = Mutex<[CheckpointID: CheckpointUpload]>([:])
    private let lock: DatabaseLock
    private let writer: WriterThread
    private let isClosed = Atomic(false)

    /// Takes the lock, creates the file where there is none, runs the migrations, and brings to its
    /// end what an erasure had begun.
    ///
    /// - Parameter tell: Hears of what takes long on a long log, before and after each step.
    package static func open(
        _ options: StoreOptions, meanings: EventMeanings, clock: any WallClock,
        tell: @escaping (OpeningProgress) -> Void = { _ in }
    ) throws -> Store {
        let lock = try DatabaseLock(path: options.path)
        do {
            return try Store(options, meanings: meanings, clock: clock, lock: lock, tell: tell)
        } catch {
            lock.release()
            throw StoreError.translating(error, operation: "open")
        }
    }

    /// For the trainer and for listings by other processes: works whether or not a service runs.
    package static func openReadOnly(
        path: String, meanings: EventMeanings, readers: Int = 1
    ) throws -> StoreReader {
        do {
            let pool = try Connections.readers(path: path, count: readers)
            try pool.read { db in try Migrator().verify(db) }
            return StoreReader(
                pool, meanings: meanings, recentEvents: RecentEvents(),
                capacity: StoreReader.defaultCapacity)
        } catch {
            throw StoreError.translating(error, operation: "open")
        }
    }

    private init(
        _ options: StoreOptions, meanings: EventMeanings, clock: any WallClock,
        lock: DatabaseLock, tell: @escaping (OpeningProgress) -> Void
    ) throws {
        self.options = options
        self.meanings = meanings
        self.clock = clock
        self.lock = lock
        let halfLife = HalfLife(days: options.popularityHalfLifeDays)
        let observers = StoreObservers()
        self.observers = observers
        let database = try Connections.writer(options)
        let recommendationLog = RecommendationLog(options.recommendationLog)
        self.recommendationLog = recommendationLog
        let recentEvents = RecentEvents()
        let (secrets, traces) = try database.inDatabase { db in
            try Migrator().migrate(db, now: clock.now(), tell: tell)
            try db.rebuildPopularityIfNeeded(meanings: meanings, halfLife: halfLife, tell: tell)
            try UserEventIndex.load(recentEvents, from: db)
            return (try Secrets(db), ErasedTraces(arePending: try db.counter("traces") != 0))
        }
        self.secrets = secrets
        self.traces = traces
        let makeConnection: @Sendable (Database) throws -> WriterConnection = { db in
            try WriterConnection(
                db, meanings: meanings, halfLife: halfLife, clock: clock, secrets: secrets,
                observers: observers, recommendationLog: recommendationLog,
                traces: traces, recentEvents: recentEvents,
                recentEventsLayout: options.recentEvents)
        }
        try database.inDatabase { db in
            guard try !db.usersBeingErased().isEmpty else { return }
            try makeConnection(db).finishErasures()
        }
        reader = StoreReader(
            try Connections.readers(path: options.path, count: options.readers),
            meanings: meanings, recentEvents: recentEvents, capacity: options.readCapacity)
        writer = WriterThread(
            database: database, queueCapacity: options.queueCapacity, health: health,
            open: {
                let database = try Connections.writer(options)
                try database.inDatabase { try UserEventIndex.load(recentEvents, from: $0) }
                return database
            },
            makeConnection: makeConnection)
    }

    /// Writes what waits, moves the WAL into the file and lets go of it: the one file is all.
    /// Closing twice is harmless.
    package func close() throws {
        guard !isClosed.exchange(true, ordering: .acquiringAndReleasing) else { return }
        defer { lock.release() }
        writer.drain()
        do {
            try reader.close()
            let database = writer.database
            try database.inDatabase { db in
                // Another process that is reading may keep the WAL from being truncated; the next
                // start goes on with it.
                _ = try Row.fetchOne(db, sql: "PRAGMA wal_checkpoint(TRUNCATE)")
            }
            try database.close()
        } catch {
            throw StoreError.translating(error, operation: "close")
        }
    }

    /// Writes that wait for the writer: what a metric shows.
    package var waitingWrites: Int { writer.waitingCount }

    /// Queues a write and waits until it is committed. `weight` is its number of rows, roughly.
    func write<Result: Sendable>(
        _ operation: String, weight: Int = 1,
        _ body: @escaping @Sendable (WriterConnection) throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            let request = WriteRequest(
                weight: weight,
                run: { connection in
                    do {
                        let result = try body(connection)
                        return { continuation.resume(returning: result) }
                    } catch let error as NothingWritten {
                        return { continuation.resume(throwing: error.reason) }
                    }
                },
                fail: { error in
                    continuation.resume(
                        throwing: StoreError.translating(error, operation: operation))
                })
            guard writer.offer(request) else {
                let hasClosed = isClosed.load(ordering: .acquiring)
                continuation.resume(
                    throwing: hasClosed ? StoreRefusal.closed : StoreRefusal.queueFull)
                return
            }
        }
    }
}
