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
    /// The job that is worked on, and its trainer once there is one.
    private var current: (job: Int64, child: TrainerChild?)?
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
    /// - Parameters:
    ///   - models: Nil for all enabled ones.
    ///   - mode: Of a new job; one that is there already keeps its own.
    package func retrain(
        models: [String]?, mode: JobRecord.Mode = .warm, isForced: Bool
    ) async throws -> (JobRecord, isNew: Bool) {
        var distinct: [String] = []
        for model in models ?? options.enabledModels where !distinct.contains(model) {
            guard options.knownModels.contains(model) else { throw Refusal.unknownModel(model) }
            distinct.append(model)
        }
        let (job, isNew) = try await store.enqueueJob(
            models: distinct, mode: mode, force: isForced)
        return (job, isNew)
    }

    /// Erases a user, and queues the training of models that may have been trained with him. They
    /// begin with new weights: what a warm start goes on from has seen what was erased.
    ///
    /// - Returns: Nil where there is no such user.
    package func erase(_ user: UserID) async throws -> UserErasure? {
        try await store.deleteUser(
            user, retraining: options.retrainsAfterErasure ? Set(options.knownModels) : [])
    }

    /// Cancels a job that is queued or running. The row decides: who writes the end first, this
    /// or the job itself, is right.
    package func cancel(_ id: Int64) async throws -> JobRecord {
        let ended = try await store.updateJob(id) { [clock] row in
            guard !row.state.isFinal else { throw Refusal.jobHasEnded(id) }
            row.state = .cancelled
            row.finishedAt = clock.now()
        }
        guard let ended else { throw Refusal.unknownJob(id) }
        if current?.job == id { current?.child?.kill() }
        return ended
    }

    /// Works until the task is cancelled: queued jobs first, then what the schedule wants. Where
    /// the store fails, it says so and tries again.
    package func run() async {
        var isTidy = false
        while !Task.isCancelled {
            do {
                if !isTidy { try await store.removeUnfinishedCheckpoints() }
                isTidy = true
                if try await runNext() { continue }
                if let reason = schedule.isDue(newest: lastSequence, now: clock.now()) {
                    logger.info("retraining", metadata: ["reason": "\(reason)"])
                    _ = try await retrain(models: nil, isForced: false)
                    continue
                }
            } catch {
                if Task.isCancelled { return }
                logger.error("jobs have to wait", metadata: ["reason": "\(error)"])
            }
            try? await Task.sleep(for: Self.tick)  // cancelled: the loop ends
        }
    }

    /// Runs what is queued and returns when nothing is left: for the command line.
    package func runQueued() async throws {
        while try await runNext() {}
    }

    /// Runs the oldest queued job. False where there is none.
    private func runNext() async throws -> Bool {
        let unfinished = try await store.reader.read { try $0.unfinishedJobs() }
        // Nothing runs at this point: such a job has ended, but the store couldn't write that.
        for job in unfinished where job.state == .running {
            try await breakOff(job, "the end of the job could not be recorded")
        }
        guard let job = unfinished.first(where: { $0.state == .queued }) else { return false }
        try await run(job)
        return true
    }

    private var lastSequence: EventSequence {
        EventSequence(newest.load(ordering: .relaxed))
    }

    /// - Throws: The store's error, where what became of the job can't be recorded.
    private func run(_ job: JobRecord) async throws {
        current = (job.id, nil)
        defer { current = nil }
        if Set(job.models).isSuperset(of: options.enabledModels) {
            schedule.noteAttempt(newest: lastSequence, now: clock.now())
            try await schedule.save(in: store)
        }
        guard try await start(job) else { return }
        var run = JobRun(job: job, store: store, deployments: deployments, logger: logger)
        do {
            try await withTaskCancellationHandler {
                try await train(job, &run)
            } onCancel: { [self] in
                Task { await killTrainer() }
            }
            tellOfErased(job, run.results, .warning)
            try await end(job, .succeeded, results: run.results)
        } catch  where Task.isCancelled {
            logger.info("training broken off", metadata: ["job": "\(job.id)"])
            try await breakOff(job, "the service stopped", results: run.results)
        } catch {
            let reason = Self.describe(error)
            logger.error("training ended", metadata: ["job": "\(job.id)", "reason": "\(reason)"])
            tellOfErased(job, run.results, .error)
            try await end(job, .failed, results: run.results, error: reason)
        }
    }

    /// What an erasure asked for isn't done where a version from before still serves.
    private func tellOfErased(_ job: JobRecord, _ results: [JobResult], _ level: Logger.Level) {
        guard job.kind == JobRecord.erasure else { return }
        let promoted = Set(results.filter(\.promoted).map(\.model))
        let left = job.models.filter { !promoted.contains($0) && slots.current($0) != nil }
        guard !left.isEmpty else { return }
        logger.log(
            level: level, "models in service may still know of an erased user; retrain them",
            metadata: ["job": "\(job.id)", "models": "\(left.joined(separator: " "))"])
    }

    private func killTrainer() {
        current?.child?.kill()
    }

    /// Models that are made of others come after these are in service, from a trainer of its own.
    private func train(_ job: JobRecord, _ run: inout JobRun) async throws {
        let combined = job.models.filter(ModelLoader.combines)
        let others = job.models.filter { !combined.contains($0) }
        for models in [others, combined] where !models.isEmpty {
            try await train(models, of: job, &run)
        }
        try run.requireOutcome()
    }

    private func train(
        _ models: [String], of job: JobRecord, _ run: inout JobRun
    ) async throws {
        let request = try await request(for: models, of: job)
        // Whoever cancelled while there was no trainer to kill has left word in the row.
        try await run.requireRunning()
        run.retentionPause = try await store.pauseRetention()
        defer { run.retentionPause?.end() }
        let child = try TrainerChild(
            program: options.trainer.resolvingSymlinksInPath(),
            arguments: options.trainerArguments, request: request)
        defer {
            child.kill()
            current?.child = nil
        }
        current?.child = child
        try Task.checkCancellation()
        try await run.follow(child)
    }

    /// What a deployed version that couldn't be loaded leaves is an empty slot: then the candidate
    /// is compared with popularity, and the model gets well again.
    private func request(
        for models: [String], of job: JobRecord
    ) async throws -> TrainerRequest {
        let incumbents = slots.versions
        let marked = try await store.reader.read {
            try $0.versionsFromBeforeErasures(incumbents)
        }
        return TrainerRequest(
            database: options.database, models: models, settings: options.settings,
            meanings: options.meanings, incumbents: incumbents, isWarm: job.mode == .warm,
            forgetting: marked.keys.sorted(), seed: options.seed, workers: options.workers,
            memoryBytes: options.memoryBytes,
            niceness: options.niceness, preprocessing: options.preprocessing)
    }

    /// False where the job was cancelled while it waited.
    private func start(_ job: JobRecord) async throws -> Bool {
        let started = try await store.updateJob(job.id) { [clock] row in
            guard row.state == .queued else { return }
            row.state = .running
            row.startedAt = clock.now()
        }
        return started?.state == .running
    }

    /// Ends a job that nobody works on any more, or queues it again where it outlives that.
    private func breakOff(
        _ job: JobRecord, _ reason: String, results: [JobResult]? = nil
    ) async throws {
        guard job.outlivesStop else {
            return try await end(job, .failed, results: results, error: reason)
        }
        _ = try await store.updateJob(job.id) { if !$0.state.isFinal { $0.requeue() } }
    }

    /// Writes down how the job ended, unless it was cancelled: then only what it had done.
    private func end(
        _ job: JobRecord, _ state: JobRecord.State, results: [JobResult]? = nil,
        error: String? = nil
    ) async throws {
        let text = try results.map(JobText.encode)
        _ = try await store.updateJob(job.id) { [clock] row in
            row.results = text ?? row.results
            guard !row.state.isFinal else { return }
            row.state = state
            row.error = error
            row.finishedAt = clock.now()
            if state == .succeeded { row.progress = 1 }
        }
    }

    private static func describe(_ error: any Error) -> String {
        (error as? JobRun.Failure)?.reason ?? "\(error)"
    }
}
