import Events
import Foundation
import Support
import Testing

@testable import Store

/// The queue of training jobs.
struct JobTests {
    private let fixture: StoreFixture
    private let store: Store

    init() throws {
        fixture = try StoreFixture()
        store = try fixture.open()
    }

    @Test func keepsEverythingOfAJob() async throws {
        let (job, isNew) = try await store.enqueueJob(
            models: ["vae", "gan"], mode: .full, force: true)
        #expect(isNew && job.state == .queued && job.models == ["vae", "gan"])
        #expect(job.mode == .full && job.force && job.metrics == "{}" && job.results == "[]")
        let updated = try await store.updateJob(job.id) { job in
            job.state = .running
            job.model = "vae"
            job.epoch = 3
            job.epochs = 50
            job.progress = 0.06
            job.metrics = #"{"loss":1}"#
            job.startedAt = Timestamp(milliseconds: 5)
        }
        #expect(updated?.epoch == 3)
        #expect(try await store.reader.job(job.id) == updated)
        #expect(try await store.updateJob(99) { _ in } == nil)
        try store.close()
    }

    @Test func givesBackTheJobThatAlreadyHasAllModels() async throws {
        let (first, _) = try await store.enqueueJob(models: ["vae", "gan"])
        let (again, isNew) = try await store.enqueueJob(models: ["gan"])
        #expect(again.id == first.id && !isNew)
        let (rest, restIsNew) = try await store.enqueueJob(models: ["gan", "dnn"])
        #expect(restIsNew && rest.models == ["dnn"])
        _ = try await store.updateJob(first.id) { $0.state = .succeeded }
        let (fresh, freshIsNew) = try await store.enqueueJob(models: ["gan"])
        #expect(freshIsNew && fresh.id > rest.id)
        #expect(try await store.reader.jobs(limit: 2).map(\.id) == [fresh.id, rest.id])
        #expect(try await store.reader.jobs(before: rest.id, limit: 2).map(\.id) == [first.id])
        try store.close()
    }

    @Test func failsWhatAnEarlierRunLeftUnfinished() async throws {
        let (queued, _) = try await store.enqueueJob(models: ["vae"])
        #expect(queued.mode == .warm)
        let (done, _) = try await store.enqueueJob(models: ["gan"])
        _ = try await store.updateJob(done.id) { $0.state = .cancelled }
        #expect(try await store.failUnfinishedJobs(reason: "stopped") == 1)
        let failed = try await store.reader.job(queued.id)
        #expect(failed?.state == .failed && failed?.error == "stopped")
        #expect(failed?.finishedAt == Timestamp(milliseconds: 1_700_000_000_000))
        #expect(try await store.reader.job(done.id)?.state == .cancelled)
        try store.close()
    }
}
