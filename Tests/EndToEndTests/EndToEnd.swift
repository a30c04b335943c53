import Foundation
import Testing

/// The built program as an operator runs it and a client talks to it. One suite at a time: each
/// starts processes of its own, which share the machine's few cores.
@Suite(.serialized) enum EndToEnd {}

/// Runs a test's blocking work on threads of its own: the pool of Swift's tasks has only as many
/// threads as the machine has cores, and other tests need them.
func blocking(_ work: @escaping @Sendable () async throws -> Void) async throws {
    try await withTaskExecutorPreference(ThreadForEachJob()) { try await work() }
}

/// Runs as many pieces of blocking work at once and waits for all of them.
///
/// - Throws: what one of them has thrown, once all have ended.
func concurrently(
    _ count: Int, _ work: @escaping @Sendable (Int) throws -> Void
) async throws {
    try await withThrowingTaskGroup { group in
        for number in 0..<count { group.addTask { try work(number) } }
        try await group.waitForAll()
    }
}

/// A thread for each piece of work between two suspensions.
private final class ThreadForEachJob: TaskExecutor {
    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        Thread.detachNewThread { [self] in
            job.runSynchronously(on: asUnownedTaskExecutor())
        }
    }
}

/// Something didn't come about in time.
struct TimedOut: Error, CustomStringConvertible {
    var what: String
    var description: String { "timed out waiting until \(what)" }
}

/// Asks again and again. The bound is there to end a broken run, not to measure: it is far beyond
/// what the slowest machine needs.
func wait(until what: String, _ isSo: () throws -> Bool) throws {
    let end = ContinuousClock.now + .seconds(180)
    while try !isSo() {
        guard ContinuousClock.now < end else { throw TimedOut(what: what) }
        usleep(5_000)
    }
}
