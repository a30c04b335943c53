import Foundation
import GRDB
import Support
import Synchronization

/// The one thread that writes, with the one connection that does: group commit.
///
/// All requests that wait at a moment go into one transaction and are answered after its commit,
/// so that they share one sync of the disk. Where one of them fails, the group is rolled back and
/// each runs again in a transaction of its own: only the one at fault gets the error. Where the disk
/// is at fault, all get it: they are told that it is not stored, and nothing stays in memory of it.
/// The thread then writes a little of its own once a second, until that succeeds.
///
/// A connection that SQLite has given up (after an error while reading, too: it takes that for a
/// damaged file) is opened anew.
///
/// Between these, once a second or when many wait, the answers that were given are logged: a bounded
/// number at a time, so that no write waits long for it.
final class WriterThread: Sendable {
    /// Rows in one transaction, so that nobody waits long behind a full queue.
    static let groupWeight = 10_000
    /// How long an answer waits to be logged, when nothing is in the way.
    private static let turnInterval = Duration.seconds(1)

    /// Written by any thread, read by this one.
    private let queue: BoundedQueue<WriteRequest>
    /// Written by this thread; read by whoever closes the store, once it has ended.
    private let current: Mutex<DatabaseQueue>
    private let open: @Sendable () throws -> DatabaseQueue
    private let health: StorageHealth
    private let finished = DispatchSemaphore(value: 0)

    /// - Parameter open: Makes another database like the given one.
    init(
        database: DatabaseQueue, queueCapacity: Int, health: StorageHealth,
        open: @escaping @Sendable () throws -> DatabaseQueue,
        makeConnection: @escaping @Sendable (Database) throws -> WriterConnection
    ) {
        queue = BoundedQueue(capacity: queueCapacity)
        current = Mutex(database)
        self.open = open
        self.health = health
        let thread = Thread { [self] in
            run(makeConnection)
            finished.signal()
        }
        thread.name = "store writer"
        thread.start()
    }

    /// The connection's database.
    var database: DatabaseQueue { current.withLock { $0 } }

    /// False when the queue is full or closed.
    func offer(_ request: WriteRequest) -> Bool {
        queue.offer(request)
    }

    /// Requests that the thread has not taken yet.
    var waitingCount: Int { queue.count }

    /// Lets what waits be written, then ends the thread.
    func drain() {
        queue.close()
        finished.wait()
    }

    private func run(_ makeConnection: (Database) throws -> WriterConnection) {
        // Taken from their log and not in the file yet.
        var answers: WaitingAnswers?
        var isOpen = true
        var waiting: [WriteRequest] = []
        while true {
            do {
                if !isOpen {
                    let database = try open()
                    current.withLock { $0 = database }
                }
                isOpen = false
                // The whole life of a connection is one access: nothing else ever gets it.
                let goesOn = try database.inDatabase { db in
                    let connection = try makeConnection(db)
                    if let answers { connection.answers = answers }
                    defer { answers = connection.answers }
                    return Self.serve(queue, waiting, with: connection, health)
                }
                waiting = []
                guard goesOn else { return }
            } catch {
                refuse(waiting, with: error)
                // Whoever comes is the reason to try again, and told only where that fails, too.
                waiting = queue.takeAll(waitingAtMost: Self.turnInterval) ?? []
                if waiting.isEmpty, queue.isClosed { return }
            }
        }
    }

    private func refuse(_ requests: [WriteRequest], with error: any Error) {
        let error = StoreError.translating(error, operation: StoreError.write)
        if let fault = StorageFault(error) { health.note(fault) }
        for request in requests { request.fail(error) }
    }

    /// True where the connection has to be opened anew, false once the queue is closed.
    private static func serve(
        _ queue: BoundedQueue<WriteRequest>, _ first: [WriteRequest],
        with connection: WriterConnection, _ health: StorageHealth
    ) -> Bool {
        commit(first, on: connection, health)
        var nextTurn = ContinuousClock.now + turnInterval
        var turnsSucceed = true
        while true {
            let hurries = turnsSucceed && connection.hasManyAnswers
            let rest = hurries ? .zero : nextTurn - .now
            if let waiting = queue.takeAll(waitingAtMost: rest) {
                if waiting.isEmpty { break }
                commit(waiting, on: connection, health)
            }
            if connection.isGivenUp { return true }
            guard hurries || ContinuousClock.now >= nextTurn else { continue }
            turnsSucceed = takeTurn(on: connection, health) != nil
            if connection.traces.arePending { connection.clearTraces() }
            nextTurn = .now + turnInterval
            if connection.isGivenUp { return true }
        }
        while let written = takeTurn(on: connection, health), written > 0 {}
        return false
    }

    /// - Returns: How many answers were written; nil after an error.
    private static func takeTurn(on connection: WriterConnection, _ health: StorageHealth) -> Int? {
        do {
            if health.fault != nil {
                try connection.writeProbe()
                health.note(nil)
            }
            return try connection.takeTurnForAnswers()
        } catch {
            if let fault = StorageFault(error) { health.note(fault) }
            return nil
        }
    }

    private static func commit(
        _ waiting: [WriteRequest], on connection: WriterConnection, _ health: StorageHealth
    ) {
        for group in WriteRequest.groups(of: waiting, limit: groupWeight) {
            commit(group, on: connection, health)
        }
    }

    private static func commit(
        _ group: ArraySlice<WriteRequest>, on connection: WriterConnection,
        _ health: StorageHealth
    ) {
        do {
            let answers = try connection.inTransaction { try group.map { try $0.run(connection) } }
            if connection.traces.areNew { connection.clearTraces() }
            for answer in answers { answer() }
        } catch {
            let fault = (error as? StoreError)?.namesOneRow == true ? nil : StorageFault(error)
            if let fault { health.note(fault) }
            if fault == nil, group.count > 1 {
                for request in group { commit([request], on: connection, health) }
                return
            }
            for request in group { request.fail(error) }
        }
    }
}
