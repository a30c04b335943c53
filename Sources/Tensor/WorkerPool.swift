import Foundation

/// A fixed number of threads that do one piece of work together, again and again.
///
/// How the work is split depends on the number of workers alone, never on who is faster: sums come
/// out the same bit for bit.
package final class WorkerPool: Sendable {
    package let count: Int
    private let rendezvous = Rendezvous()

    /// - Parameter count: Workers, the calling thread among them.
    package init(count: Int) {
        precondition(count > 0, "a pool of \(count) workers")
        self.count = count
        for worker in 1..<max(1, count) {
            // The thread knows the meeting point only: the pool can go while it waits.
            let thread = Thread { [rendezvous] in rendezvous.work(as: worker) }
            thread.name = "worker \(worker)"
            thread.start()
        }
    }

    deinit {
        rendezvous.dismiss()
    }

    /// Runs `body` once on each worker, with its number, and waits for all of them. Worker 0 is
    /// the calling thread. One call at a time.
    package func run(_ body: @escaping (Int) -> Void) {
        rendezvous.start(Job(body: body), helpers: count - 1)
        body(0)
        rendezvous.waitForHelpers()
    }

    /// The part of `0..<total` that is a worker's.
    package func share(of total: Int, for worker: Int) -> Range<Int> {
        total * worker / count..<total * (worker + 1) / count
    }
}

/// What the workers do at once. Not `@Sendable`: the caller waits while they do it, and it is for
/// him to give each worker memory of its own to write to.
private struct Job: @unchecked Sendable {
    let body: (Int) -> Void
}

/// Where the caller and the helpers meet. Writes: the caller announces a job, helpers report its
/// end. Reads: both, holding `condition`.
private final class Rendezvous: @unchecked Sendable {
    private let condition = NSCondition()
    private var job: Job?
    private var round = 0
    private var busy = 0
    private var isDismissed = false

    func start(_ job: Job, helpers: Int) {
        condition.lock()
        defer { condition.unlock() }
        precondition(busy == 0, "a pool runs one job at a time")
        self.job = job
        busy = helpers
        round += 1
        condition.broadcast()
    }

    func waitForHelpers() {
        condition.lock()
        defer { condition.unlock() }
        while busy > 0 { condition.wait() }
        job = nil
    }

    func dismiss() {
        condition.lock()
        defer { condition.unlock() }
        isDismissed = true
        condition.broadcast()
    }

    /// A helper's life.
    func work(as worker: Int) {
        var lastRound = 0
        while runNextJob(as: worker, after: &lastRound) { finish() }
    }

    /// A function of its own, so that what the job holds is let go before its end is reported.
    private func runNextJob(as worker: Int, after lastRound: inout Int) -> Bool {
        guard let job = nextJob(after: &lastRound) else { return false }
        job.body(worker)
        return true
    }

    private func nextJob(after lastRound: inout Int) -> Job? {
        condition.lock()
        defer { condition.unlock() }
        while round == lastRound, !isDismissed { condition.wait() }
        lastRound = round
        return isDismissed ? nil : job
    }

    private func finish() {
        condition.lock()
        defer { condition.unlock() }
        busy -= 1
        if busy == 0 { condition.broadcast() }
    }
}
