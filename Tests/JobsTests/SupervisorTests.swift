import Foundation
import Serving
import Store
import Support
import TestSupport
import Testing

@testable import Jobs
@testable import TrainerPipe

/// The limit is for what would wait for ever.
@Suite(.timeLimit(.minutes(2))) struct SupervisorTests {
    private func bytes(_ counts: [Int] = [1, 2], sampled: [Int]? = nil) throws -> [UInt8] {
        try TestCheckpoint.make(items: ["a", "b"], counts: counts, sampled: sampled).encoded()
    }

    private func finished() throws -> Frame { try .message(.finished) }

    // MARK: - How a job ends

    @Test func servesTheNewVersionWhenAJobHasSucceeded() async throws {
        let frames = try [.progress(1, of: 4)] + Frame.checkpoint(bytes()) + [finished()]
        let trainer = try await FakeTrainer(playing: frames)
        let job = try await trainer.train()
        #expect(job.state == .succeeded)
        #expect(job.error == nil)
        #expect(job.progress == 1)
        #expect((job.model, job.epoch, job.epochs) == ("popularity", 1, 4))
        #expect(job.metrics == #"{"loss":0.5}"#)
        #expect(job.startedAt == TemporaryStore.start && job.finishedAt == TemporaryStore.start)
        #expect(
            try trainer.results(of: job) == [
                JobResult(
                    model: "popularity", version: 1, start: "fresh", promoted: true,
                    reason: "ndcg@10 +0.1000 (+0.1000 to +0.1000) over popularity")
            ])
        #expect(trainer.slots.current("popularity")?.version == 1)
        #expect(try await trainer.store.reader.deployment(of: "popularity")?.version == 1)
    }

    @Test(arguments: [(JobRecord.Mode.warm, true), (.full, false)])
    func asksForTheJobsKindOfStart(mode: JobRecord.Mode, isWarm: Bool) async throws {
        let trainer = try await FakeTrainer(
            playing: [finished()], script: FakeTrainer.writingDownTheRequest)
        let good = try await trainer.store.putCheckpoint(bytes(), model: "popularity")
        try await trainer.supervisor.deployments.activate(
            model: "popularity", version: good.version, reason: "test")
        let job = try await trainer.train(mode: mode)
        #expect(job.mode == mode)
        let request = try trainer.request()
        #expect(request.isWarm == isWarm)
        #expect(request.incumbents == ["popularity": good.version])
    }

    @Test func keepsWithACheckpointWhatWasLeftOutOfTheLog() async throws {
        let report = PreprocessingReport(
            log: .init(events: 9, users: 3, items: 4),
            steps: [
                .init(name: "bots", reason: "why", dropped: .init(events: 2, users: 1, items: 0))
            ],
            kept: .init(events: 7, users: 2, items: 4))
        let frames =
            try [.message(.preprocessed(report))] + Frame.checkpoint(bytes()) + [finished()]
        let trainer = try await FakeTrainer(playing: frames)
        _ = try await trainer.train()
        let info = try await trainer.store.reader.checkpoint(model: "popularity", version: 1)
        #expect(info?.preprocessing == (try report.text()))
    }

    /// A script that plays one trainer after the other, and writes down what each was asked.
    private static let playingInTurn = """
        length=$(head -c 5 | od -An -tu1 | awk '{ print $2 + 256 * $3 }'); \
        turn=$(ls $FOLDER | grep -c request); head -c $length > $FOLDER/request$turn; \
        if [ $turn = 0 ]; then cat $FRAMES; else cat $FOLDER/second; fi
        """

    /// The blend's trainer is told of the version that the first one made.
    @Test func combinesAfterTheOthersAreInService() async throws {
        let popularity = try TestCheckpoint.make(items: ["a", "b"], counts: [1, 2])
        let ease = try TestCheckpoint.ease(items: ["a", "b"])
        let blend = try TestCheckpoint.blend(
            items: ["a", "b"], of: ["popularity": (1, popularity), "ease": (1, ease)])
        let trainer = try await FakeTrainer(
            playing: try Frame.checkpoint(popularity.encoded()) + [finished()],
            script: Self.playingInTurn, enabled: ["popularity", "ease", "blend"])
        _ = try await trainer.store.putCheckpoint(ease.encoded(), model: "ease")
        try await trainer.supervisor.deployments.activate(
            model: "ease", version: 1, reason: "test")
        let components = try blend.components()
        let second =
            try Frame.checkpoint(blend.encoded(), model: "blend", components: components)
            + [finished()]
        try Data(second.flatMap { $0.encoded() }).write(to: trainer.database.file("second"))
        let job = try await trainer.train(["blend", "popularity"])
        #expect(job.state == .succeeded, "\(job.error ?? "")")
        #expect(try trainer.results(of: job).map(\.model) == ["popularity", "blend"])
        #expect(try trainer.request("request0").models == ["popularity"])
        let asked = try trainer.request("request1")
        #expect(asked.models == ["blend"])
        #expect(asked.incumbents == ["popularity": 1, "ease": 1])
        #expect(trainer.slots.versions == ["popularity": 1, "ease": 1, "blend": 1])
        // Goes into service again after a restart, too.
        let again = ModelSlots()
        let items = ItemDirectory()
        let loader = ModelLoader(reader: trainer.store.reader, items: items, slots: again)
        try await Deployments(store: trainer.store, loader: loader, slots: again)
            .restore(logger: .init(label: "test"))
        #expect(again.versions == trainer.slots.versions)
    }

    @Test func tellsWhatTheTrainerHasToSayOfAModel() async throws {
        let frames = try Frame.checkpoint(bytes(), note: "stopped early") + [finished()]
        let trainer = try await FakeTrainer(playing: frames)
        let job = try await trainer.train()
        let reason = try #require(try trainer.results(of: job).first?.reason)
        #expect(reason.hasSuffix("over popularity; stopped early"), "\(reason)")
    }

    @Test func keepsAWorseModelAside() async throws {
        let frames = try Frame.checkpoint(bytes(), difference: -0.1) + [finished()]
        let trainer = try await FakeTrainer(playing: frames)
        let job = try await trainer.train()
        #expect(job.state == .succeeded)
        #expect(try trainer.results(of: job).map(\.promoted) == [false])
        #expect(trainer.slots.current("popularity") == nil)
        let info = try await trainer.store.reader.checkpoint(model: "popularity", version: 1)
        #expect(info?.state == .rejected)
    }

    @Test func promotesAWorseModelWhereItIsForced() async throws {
        let frames = try Frame.checkpoint(bytes(), difference: -0.1) + [finished()]
        let trainer = try await FakeTrainer(playing: frames)
        let job = try await trainer.train(isForced: true)
        #expect(try trainer.results(of: job).map(\.promoted) == [true])
        #expect(trainer.slots.current("popularity")?.version == 1)
    }

    @Test func keepsTheOldModelWhereTheNewOneCannotBeServed() async throws {
        let trainer = try await FakeTrainer(
            playing: try Frame.checkpoint(bytes(sampled: [1, 9]), incumbent: 1) + [finished()])
        let good = try await trainer.store.putCheckpoint(bytes(), model: "popularity")
        try await trainer.supervisor.deployments.activate(
            model: "popularity", version: good.version, reason: "test")
        let job = try await trainer.train()
        #expect(job.state == .succeeded)
        let result = try #require(try trainer.results(of: job).first)
        #expect(!result.promoted)
        #expect(result.reason.contains("doesn't reproduce its stored scores"))
        #expect(trainer.slots.current("popularity")?.version == good.version)
        let info = try await trainer.store.reader.checkpoint(model: "popularity", version: 2)
        #expect(info?.state == .broken)
    }

    /// Measured against what served when the training began, a candidate says nothing about what
    /// came into service meanwhile.
    @Test func keepsACandidateAsideThatWasComparedWithAnotherVersion() async throws {
        let trainer = try await FakeTrainer(
            playing: try Frame.checkpoint(bytes(), difference: 0.1) + [finished()])
        let good = try await trainer.store.putCheckpoint(bytes(), model: "popularity")
        try await trainer.supervisor.deployments.activate(
            model: "popularity", version: good.version, reason: "by hand")
        let job = try await trainer.train()
        let result = try #require(try trainer.results(of: job).first)
        #expect(!result.promoted && result.reason.contains("another version"))
        #expect(trainer.slots.current("popularity")?.version == good.version)
    }

    @Test func failsWithWhatTheTrainerSays() async throws {
        let trainer = try await FakeTrainer(playing: [
            try .message(.failed(reason: "no more memory"))
        ])
        let job = try await trainer.train()
        #expect(job.state == .failed)
        #expect(job.error == "no more memory")
        #expect(job.finishedAt != nil)
    }

    @Test func keepsWhatAFailedJobHadFinished() async throws {
        let frames = try Frame.checkpoint(bytes()) + [.message(.failed(reason: "ease fell over"))]
        let trainer = try await FakeTrainer(playing: frames)
        let job = try await trainer.train(["popularity", "ease"])
        #expect(job.state == .failed)
        #expect(try trainer.results(of: job).map(\.model) == ["popularity"])
        #expect(trainer.slots.current("popularity")?.version == 1)
    }

    @Test func succeedsWhereOneModelOfTwoIsSkipped() async throws {
        let frames =
            try [.message(.skipped(model: "ease", reason: "too many items"))]
            + Frame.checkpoint(bytes()) + [finished()]
        let trainer = try await FakeTrainer(playing: frames)
        let job = try await trainer.train(["ease", "popularity"])
        #expect(job.state == .succeeded)
        #expect(try trainer.results(of: job).map(\.version) == [nil, 1])
    }

    @Test func failsWhereEveryModelIsSkipped() async throws {
        let frames = try [.message(.skipped(model: "ease", reason: "too many items")), finished()]
        let trainer = try await FakeTrainer(playing: frames)
        let job = try await trainer.train(["ease"])
        #expect(job.state == .failed)
        #expect(job.error == "too many items")
    }

    /// Nothing that a trainer may do costs more than its own job.
    @Test(arguments: [
        ("exit 7", "the trainer ended early with status 7"),
        ("kill -SEGV $$", "the trainer was killed by signal 11"),
        ("exec 0<&-; exit 0", "the trainer ended early with status 0"),
        (
            "printf 'Segmentation fault'",
            "the trainer sent bytes that are no frame: unknownKind(83)"
        ),
        (#"printf '\001\002\000\000\000{}'"#, "the trainer sent a message that is none of ours"),
        (#"printf '\002\001\000\000\000x'"#, "the trainer sent a part of no checkpoint"),
        (
            #"printf '\001\377\377\377\377'"#,
            "the trainer sent bytes that are no frame: tooLong(4294967295)"
        ),
        (#"printf '\001\007\000'; exit 4"#, "the trainer ended early with status 4"),
    ])
    func failsWithAReason(script: String, reason: String) async throws {
        let trainer = try await FakeTrainer(script: script)
        let job = try await trainer.train()
        #expect(job.state == .failed)
        #expect(job.error == reason)
    }

    @Test func failsWhereTheTrainerCannotBeStarted() async throws {
        let database = try TemporaryStore()
        var options = JobOptions(
            database: database.path, enabledModels: ["popularity"], workers: 1)
        options.trainer = database.file("missing")
        let slots = ModelSlots()
        let supervisor = try await Supervisor(
            store: database.store, slots: slots,
            loader: ModelLoader(
                reader: database.store.reader, items: ItemDirectory(), slots: slots),
            options: options, clock: database.clock, logger: .init(label: "test"))
        let (job, _) = try await supervisor.retrain(models: nil, isForced: false)
        try await supervisor.runQueued()
        #expect(try await database.store.reader.job(job.id)?.state == .failed)
    }

    // MARK: - Checkpoints that don't arrive whole

    @Test func abandonsACheckpointThatBreaksOff() async throws {
        let frames = try Array(Frame.checkpoint(bytes()).prefix(2))
        let trainer = try await FakeTrainer(playing: frames, script: "cat $FRAMES; exit 9")
        let job = try await trainer.train()
        #expect(job.state == .failed)
        #expect(job.error == "the trainer ended early with status 9")
        #expect(try await trainer.store.reader.checkpoints().isEmpty)
    }

    @Test func abandonsACheckpointWhoseChecksumDiffers() async throws {
        let frames = try Frame.checkpoint(bytes(), sha256: String(repeating: "0", count: 64))
        let trainer = try await FakeTrainer(playing: frames + [try finished()])
        let job = try await trainer.train()
        #expect(job.state == .failed)
        #expect(job.error == "the checkpoint does not match its checksum")
        #expect(try await trainer.store.reader.checkpoints().isEmpty)
        #expect(trainer.slots.current("popularity") == nil)
    }

    @Test func refusesAnEndWithoutABeginningAndABeginningWithoutAnEnd() async throws {
        let frames = try Frame.checkpoint(bytes())
        let first = try await FakeTrainer(playing: [frames[3]])
        #expect(
            try await first.train().error == "the trainer ended a checkpoint that it hadn't begun")
        let second = try await FakeTrainer(playing: [frames[0], frames[0]])
        #expect(try await second.train().error == "the trainer broke off a checkpoint")
    }

    @Test func saysThatTheDiskIsFullAndGoesOnWithTheNextJob() async throws {
        let large = [UInt8](repeating: 1, count: 4 << 20)
        let frames =
            try [.checkpointBegins(), Frame(kind: .part, payload: large), .message(.finished)]
        let trainer = try await FakeTrainer(playing: frames) { $0.maximumPages = 300 }
        let job = try await trainer.train()
        #expect(job.state == .failed)
        #expect(job.error?.contains("append checkpoint part failed") == true)
        #expect(try await trainer.store.reader.checkpoints().isEmpty)
        #expect(try await trainer.train().state == .failed)
    }

    // MARK: - Cancelling

    @Test func killsTheTrainerOfACancelledJob() async throws {
        let trainer = try await FakeTrainer(script: "touch $FOLDER/started; exec sleep 600")
        let (job, _) = try await trainer.supervisor.retrain(models: nil, isForced: false)
        async let work: Void = trainer.supervisor.runQueued()
        try await trainer.waitForFile("started")
        #expect(try await trainer.job(job.id).state == .running)
        let cancelled = try await trainer.supervisor.cancel(job.id)
        #expect(cancelled.state == .cancelled)
        #expect(cancelled.finishedAt == TemporaryStore.start)
        try await work
        let after = try await trainer.job(job.id)
        #expect(after.state == .cancelled)
        #expect(after.error == nil)
    }

    @Test func leavesNothingOfACheckpointThatACancelInterrupts() async throws {
        let frames = try Array(Frame.checkpoint(bytes()).prefix(2))
        let trainer = try await FakeTrainer(
            playing: frames, script: "cat $FRAMES; touch $FOLDER/started; exec sleep 600")
        let (job, _) = try await trainer.supervisor.retrain(models: nil, isForced: false)
        async let work: Void = trainer.supervisor.runQueued()
        try await trainer.waitForFile("started")
        _ = try await trainer.supervisor.cancel(job.id)
        try await work
        #expect(try await trainer.job(job.id).state == .cancelled)
        #expect(try await trainer.store.reader.checkpoints().isEmpty)
    }

    @Test func neverStartsAJobThatWasCancelledWhileItWaited() async throws {
        let trainer = try await FakeTrainer(script: "touch $FOLDER/started; exit 1")
        let (job, _) = try await trainer.supervisor.retrain(models: nil, isForced: false)
        _ = try await trainer.supervisor.cancel(job.id)
        try await trainer.supervisor.runQueued()
        let after = try await trainer.job(job.id)
        #expect(after.state == .cancelled)
        #expect(after.startedAt == nil)
        #expect(!FileManager.default.fileExists(atPath: trainer.database.file("started").path))
    }

    /// Whenever the cancel comes: what it answered stays true, and the work ends.
    @Test(arguments: 0..<30)
    func keepsItsWordWheneverACancelComes(yields: Int) async throws {
        let frames = try Frame.checkpoint(bytes()) + [finished()]
        let trainer = try await FakeTrainer(playing: frames)
        let (job, _) = try await trainer.supervisor.retrain(models: nil, isForced: false)
        async let work: Void = trainer.supervisor.runQueued()
        for _ in 0..<(yields * yields) { await Task.yield() }
        let answered: JobRecord.State
        do {
            answered = try await trainer.supervisor.cancel(job.id).state
        } catch Supervisor.Refusal.jobHasEnded {
            answered = .succeeded
        }
        try await work
        #expect(try await trainer.job(job.id).state == answered)
    }

    @Test func refusesToCancelWhatHasEndedOrNeverWas() async throws {
        let trainer = try await FakeTrainer(script: "exit 1")
        let job = try await trainer.train()
        await #expect(throws: Supervisor.Refusal.jobHasEnded(job.id)) {
            _ = try await trainer.supervisor.cancel(job.id)
        }
        await #expect(throws: Supervisor.Refusal.unknownJob(99)) {
            _ = try await trainer.supervisor.cancel(99)
        }
    }

    /// The service stops: its trainer goes with it, and the job says why.
    @Test func stopsTheTrainerWhenItsTaskIsCancelled() async throws {
        let trainer = try await FakeTrainer(script: "touch $FOLDER/started; exec sleep 600")
        let (job, _) = try await trainer.supervisor.retrain(models: nil, isForced: false)
        let work = Task { await trainer.supervisor.run() }
        try await trainer.waitForFile("started")
        work.cancel()
        await work.value
        let after = try await trainer.job(job.id)
        #expect(after.state == .failed)
        #expect(after.error == "the service stopped")
    }

    @Test func aStopLeavesWhatAnErasureAskedForInTheQueue() async throws {
        let trainer = try await FakeTrainer(script: "touch $FOLDER/started; exec sleep 600")
        let (job, _) = try await trainer.store.enqueueJob(
            kind: JobRecord.erasure, models: ["ease"], mode: .full)
        let work = Task { await trainer.supervisor.run() }
        try await trainer.waitForFile("started")
        work.cancel()
        await work.value
        let after = try await trainer.job(job.id)
        #expect(after.state == .queued)
        #expect(after.startedAt == nil && after.finishedAt == nil && after.error == nil)
    }

    @Test(arguments: 0..<20)
    func stopsWheneverItsTaskIsCancelled(yields: Int) async throws {
        let trainer = try await FakeTrainer(script: "exec sleep 600")
        _ = try await trainer.supervisor.retrain(models: nil, isForced: false)
        let work = Task { await trainer.supervisor.run() }
        for _ in 0..<(yields * yields) { await Task.yield() }
        work.cancel()
        await work.value
    }

    /// What serves on has seen who was erased, so that the erasure isn't at its end; nor does any
    /// later version go on from it.
    @Test func tellsWhereAVersionFromBeforeAnErasureServesOn() async throws {
        let frames =
            try Frame.checkpoint(bytes(), difference: -0.1, incumbent: 1)
            + [.message(.skipped(model: "ease", reason: "too many items")), finished()]
        let trainer = try await FakeTrainer(
            playing: frames, script: FakeTrainer.writingDownTheRequest)
        let good = try await trainer.store.putCheckpoint(bytes(), model: "popularity")
        try await trainer.supervisor.deployments.activate(
            model: "popularity", version: good.version, reason: "test")
        _ = try await trainer.train()
        #expect(try trainer.request().forgetting == [])
        #expect(trainer.log.warnings == [])
        let (job, _) = try await trainer.store.enqueueJob(
            kind: JobRecord.erasure, models: ["popularity", "ease"], mode: .full)
        try await trainer.supervisor.runQueued()
        let ended = try await trainer.job(job.id)
        #expect(ended.state == .succeeded)
        let results = try trainer.results(of: ended)
        #expect(results.map(\.promoted) == [false, false])
        #expect(
            results[0].reason.hasSuffix(
                "; version 1, which stays in service, may know of an erased user"))
        #expect(results[1].reason == "too many items")
        #expect(
            trainer.log.warnings == [
                "warning: models in service may still know of an erased user; retrain them "
                    + "job=\(job.id) models=popularity"
            ])
        _ = try await trainer.train(isForced: true)
        #expect(try trainer.request().isWarm)
        #expect(try trainer.request().forgetting == ["popularity"])
        #expect(trainer.slots.current("popularity")?.version == 4)
        _ = try await trainer.train()
        #expect(try trainer.request().forgetting == [])
        #expect(trainer.log.warnings.count == 1)
    }

    @Test func tellsOfAnErasureWhoseTrainingFails() async throws {
        let trainer = try await FakeTrainer(script: "exit 7")
        let good = try await trainer.store.putCheckpoint(bytes(), model: "popularity")
        try await trainer.supervisor.deployments.activate(
            model: "popularity", version: good.version, reason: "test")
        _ = try await trainer.store.enqueueJob(
            kind: JobRecord.erasure, models: ["popularity"], mode: .full)
        try await trainer.supervisor.runQueued()
        #expect(
            trainer.log.warnings.last
                == "error: models in service may still know of an erased user; retrain them "
                + "job=1 models=popularity")
    }

    // MARK: - The queue

    @Test func givesBackTheJobThatAlreadyCoversTheModels() async throws {
        let trainer = try await FakeTrainer(script: "exit 1")
        let (first, isNew) = try await trainer.supervisor.retrain(models: nil, isForced: false)
        #expect(isNew)
        #expect(first.models == ["popularity", "ease"])
        let again = try await trainer.supervisor.retrain(models: ["ease"], isForced: false)
        #expect(!again.isNew)
        #expect(again.0.id == first.id)
        try await trainer.supervisor.runQueued()
        #expect(try await trainer.supervisor.retrain(models: ["ease"], isForced: false).isNew)
    }

    @Test func aWarmJobDoesNotStandForAFullOne() async throws {
        let trainer = try await FakeTrainer(script: "exit 1")
        let warm = try await trainer.supervisor.retrain(models: ["ease"], isForced: false)
        let full = try await trainer.supervisor.retrain(
            models: ["ease"], mode: .full, isForced: false)
        #expect(full.isNew && full.0.mode == .full && full.0.id != warm.0.id)
        let again = try await trainer.supervisor.retrain(
            models: ["ease"], mode: .full, isForced: false)
        #expect(!again.isNew && again.0.id == full.0.id)
    }

    @Test func queuesAModelOnceThatIsNamedTwice() async throws {
        let trainer = try await FakeTrainer()
        let names = ["ease", "popularity", "ease"]
        let (job, _) = try await trainer.supervisor.retrain(models: names, isForced: false)
        #expect(job.models == ["ease", "popularity"])
    }

    @Test func refusesAModelThatDoesNotExist() async throws {
        let trainer = try await FakeTrainer()
        await #expect(throws: Supervisor.Refusal.unknownModel("vae")) {
            _ = try await trainer.supervisor.retrain(models: ["ease", "vae"], isForced: false)
        }
        #expect(try await trainer.store.reader.jobs(limit: 10).isEmpty)
    }

    /// As a store that failed at the wrong moment leaves it.
    @Test func endsAJobWhoseEndCouldNotBeRecorded() async throws {
        let trainer = try await FakeTrainer(script: "exit 1")
        let (job, _) = try await trainer.supervisor.retrain(models: nil, isForced: false)
        _ = try await trainer.store.updateJob(job.id) { $0.state = .running }
        try await trainer.supervisor.runQueued()
        let after = try await trainer.job(job.id)
        #expect(after.state == .failed)
        #expect(after.error == "the end of the job could not be recorded")
    }
}
