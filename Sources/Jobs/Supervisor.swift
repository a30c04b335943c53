import Foundation
import Logging
import Serving
import Store
import Support
import Synchronization
import TrainerPipe

/// Runs the queue of training jobs, one at a time, and adds a job by itself when enough is new.
package actor Supervisor {
    /// Why a request about jobs is refused.
    package enum Refusal: Error, Equatable {
        case unknownModel(String)
        case unknownJob(Int64)
        case jobHasEnded(Int64)
    }

    private static let tick = Duration.seconds(1)

    package nonisolated let deployments: Deployments
    private let store: Store
    private let slots: ModelSlots
    private let options: JobOptions
    private let clock: any WallClock
    private let logger: Logger
    /// The log's end, told by the store's writer thread, read at each tick.
    private nonisolated let newest: Atomic<Int64>
    private var running: (job: Int64, child: TrainerChild)?
    private var cancelled: Set<Int64> = []
    private var schedule: RetrainSchedule

    package init(
        store: Store, slots: ModelSlots, loader: ModelLoader, options: JobOptions,
        clock: any WallClock, logger: Logger
    ) async throws {
        self.store = store
        self.slots = slots
        self.options = options
        self.clock = clock
        self.logger = logger
        deployments = Deployments(store: store, loader: loader, slots: slots)
        newest = Atomic(try await store.reader.lastSequence().rawValue)
        schedule = try await RetrainSchedule(store: store, options: options, now: clock.now())
    }

    /// Called by the store after each commit.
    package nonisolated func noteAppended(_ events: [StoredEvent]) {
        if let last = events.last { newest.store(last.sequence.rawValue, ordering: .relaxed) }
    }

    /// Queues a job, or gives back the one that already covers these models.
    ///
    /// - Parameter models: Nil for all enabled ones.
    package func retrain(models: [String]?, isForced: Bool) async throws -> (JobRecord, isNew: Bool)
    {
        let models = models ?? options.enabledModels
        for model in models where !options.enabledModels.contains(model) {
            throw Refusal.unknownModel(model)
        }
        let (job, isNew) = try await store.enqueueJob(
            models: models, mode: .full, force: isForced)
        return (job, isNew)
    }

    /// Cancels a job that is queued or running.
    package func cancel(_ id: Int64) async throws -> JobRecord {
        guard let job = try await store.reader.job(id) else { throw Refusal.unknownJob(id) }
        guard !job.state.isFinal else { throw Refusal.jobHasEnded(id) }
        if let running, running.job == id {
            cancelled.insert(id)
            running.child.kill()
        }
        let ended = try await store.updateJob(id) { [clock] row in
            guard !row.state.isFinal else { return }
            row.state = .cancelled
            row.finishedAt = clock.now()
        }
        guard let ended else { throw Refusal.unknownJob(id) }
        return ended
    }

    /// Works until the task is cancelled: queued jobs first, then what the schedule wants.
    package func run() async throws {
        while !Task.isCancelled {
            if let job = try await nextQueuedJob() {
                await run(job)
            } else if let reason = schedule.isDue(newest: lastSequence, now: clock.now()) {
                logger.info("retraining", metadata: ["reason": "\(reason)"])
                _ = try await retrain(models: nil, isForced: false)
            } else {
                try? await Task.sleep(for: Self.tick)  // cancelled: the loop ends
            }
        }
    }

    /// Runs what is queued and returns when nothing is left: for the command line.
    package func runQueued() async throws {
        while let job = try await nextQueuedJob() { await run(job) }
    }

    private func nextQueuedJob() async throws -> JobRecord? {
        try await store.reader.read { snapshot in
            try snapshot.unfinishedJobs().first { $0.state == .queued }
        }
    }

    private var lastSequence: EventSequence {
        EventSequence(newest.load(ordering: .relaxed))
    }

    private func run(_ job: JobRecord) async {
        do {
            schedule.noteAttempt(newest: lastSequence, now: clock.now())
            try await schedule.save(in: store)
            try await start(job)
            var run = JobRun(job: job, store: store, deployments: deployments, logger: logger)
            do {
                try await withTaskCancellationHandler {
                    try await train(job, &run)
                } onCancel: { [self] in
                    Task { await stopRunning() }
                }
                try await end(job, .succeeded, results: run.results)
            } catch {
                try await end(job, failedBy: error, results: run.results)
            }
        } catch {
            logger.error(
                "job not recorded", metadata: ["job": "\(job.id)", "reason": "\(error)"])
        }
        running = nil
    }

    private func stopRunning() {
        running?.child.kill()
    }

    private func train(_ job: JobRecord, _ run: inout JobRun) async throws {
        let child = try TrainerChild(
            program: options.trainer.resolvingSymlinksInPath(),
            arguments: options.trainerArguments, request: try await request(for: job))
        running = (job.id, child)
        defer { child.kill() }
        try await run.follow(child)
    }

    private func request(for job: JobRecord) async throws -> TrainerRequest {
        let deployed = try await store.reader.deployments()
        let incumbents = Dictionary(uniqueKeysWithValues: deployed.map { ($0.model, $0.version) })
        return TrainerRequest(
            database: options.database, models: job.models, settings: options.settings,
            meanings: options.meanings, incumbents: incumbents, seed: options.seed,
            workers: options.workers, memoryBytes: options.memoryBytes,
            niceness: options.niceness)
    }

    private func start(_ job: JobRecord) async throws {
        _ = try await store.updateJob(job.id) { [clock] row in
            row.state = .running
            row.startedAt = clock.now()
        }
    }

    private func end(
        _ job: JobRecord, failedBy error: any Error, results: [JobResult]
    ) async throws {
        if cancelled.remove(job.id) != nil {
            try await end(job, .cancelled, results: results)
            return
        }
        let reason =
            if Task.isCancelled {
                "the service stopped"
            } else {
                (error as? JobRun.Failure)?.reason ?? "\(error)"
            }
        logger.error("training failed", metadata: ["job": "\(job.id)", "reason": "\(reason)"])
        try await end(job, .failed, results: results, error: reason)
    }

    private func end(
        _ job: JobRecord, _ state: JobRecord.State, results: [JobResult], error: String? = nil
    ) async throws {
        let text = try JobText.encode(results)
        _ = try await store.updateJob(job.id) { [clock] row in
            row.state = state
            row.results = text
            row.error = error
            row.finishedAt = clock.now()
            if state == .succeeded { row.progress = 1 }
        }
    }
}
