import Foundation
import Testing

/// The built program as an operator runs it and a client talks to it. One suite at a time: each
/// starts processes of its own, which share the machine's few cores.
@Suite(.serialized) enum EndToEnd {}

/// Runs a test's blocking work on a thread of its own: the pool of Swift's tasks has only as many
/// threads as the machine has cores, and other tests need them.
func blocking<Value: Sendable>(
    _ work: @escaping @Sendable () throws -> Value
) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result { try work() }) }
    }
}

/// Runs as many threads and waits for all of them.
///
/// - Throws: what one of them has thrown, once all have ended.
func concurrently<Value: Sendable>(
    _ count: Int, _ work: @escaping @Sendable (Int) throws -> Value
) throws -> [Value] {
    let group = DispatchGroup()
    let results = Collected<Result<Value, any Error>>()
    for number in 0..<count {
        group.enter()
        Thread.detachNewThread {
            results.append(Result { try work(number) })
            group.leave()
        }
    }
    group.wait()
    return try results.all.map { try $0.get() }
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
