import Foundation
import GRDB
import Support

/// The one thread that writes, with the one connection that does: group commit.
///
/// All requests that wait at a moment go into one transaction and are answered after its commit,
/// so that they share one sync of the disk. Where one of them fails, the group is rolled back and
/// each runs again in a transaction of its own: only the one at fault gets the error. Where the disk
/// is at fault, all get it: they are told that it is not stored, and nothing stays in memory of it.
/// The thread then writes a little of its own once a second, until that succeeds.
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
    private let database: DatabaseQueue
    private let health: StorageHealth
    private let finished = DispatchSemaphore(value: 0)

    init(
        database: DatabaseQueue, queueCapacity: Int, health: StorageHealth,
        makeConnection: @escaping @Sendable (Database) throws -> WriterConnection
    ) throws {
        queue = BoundedQueue(capacity: queueCapacity)
        self.database = database
        self.health = health
        let thread = Thread { [queue, database, health, finished] in
            // The whole life of the thread is one access: nothing else ever gets the connection.
            database.inDatabase { db in
                do {
                    Self.serve(queue, with: try makeConnection(db), health)
                } catch {
                    Self.refuseAll(queue, with: error)
                }
            }
            finished.signal()
        }
        thread.name = "store writer"
        thread.start()
    }

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

    private static func serve(
        _ queue: BoundedQueue<WriteRequest>, with connection: WriterConnection,
        _ health: StorageHealth
    ) {
        var nextTurn = ContinuousClock.now + turnInterval
        var turnsSucceed = true
        while true {
            let hurries = turnsSucceed && connection.hasManyAnswers
            let rest = hurries ? .zero : nextTurn - .now
            if let waiting = queue.takeAll(waitingAtMost: rest) {
                if waiting.isEmpty { break }
                for group in WriteRequest.groups(of: waiting, limit: groupWeight) {
                    commit(group, on: connection, health)
                }
            }
            guard hurries || ContinuousClock.now >= nextTurn else { continue }
            turnsSucceed = takeTurn(on: connection, health) != nil
            if connection.traces.wait { connection.clearTraces() }
            nextTurn = .now + turnInterval
        }
        while let written = takeTurn(on: connection, health), written > 0 {}
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
        _ group: ArraySlice<WriteRequest>, on connection: WriterConnection,
        _ health: StorageHealth
    ) {
        do {
            let answers = try connection.inTransaction { try group.map { try $0.run(connection) } }
            if connection.traces.areNew { connection.clearTraces() }
            for answer in answers { answer() }
        } catch {
            let fault = StorageFault(error)
            if let fault { health.note(fault) }
            if fault == nil, group.count > 1 {
                for request in group { commit([request], on: connection, health) }
                return
            }
            for request in group { request.fail(error) }
        }
    }

    private static func refuseAll(_ queue: BoundedQueue<WriteRequest>, with error: any Error) {
        while true {
            let waiting = queue.takeAll()
            if waiting.isEmpty { return }
            for request in waiting { request.fail(error) }
        }
    }
}
