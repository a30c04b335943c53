import Support
import TestSupport
import Testing

@testable import Jobs

@Suite struct RetrainScheduleTests {
    private let database: TemporaryStore
    private var options: JobOptions

    init() throws {
        database = try TemporaryStore()
        options = JobOptions(database: database.path, enabledModels: ["popularity"], workers: 1)
        options.retrainAfterEvents = 10
        options.retrainAfter = .seconds(3600)
    }

    private var now: Timestamp { database.clock.now() }

    /// What a start of the service reads.
    private func makeSchedule() async throws -> RetrainSchedule {
        try await RetrainSchedule(store: database.store, options: options, now: now)
    }

    private func isDue(_ schedule: RetrainSchedule, newest: Int64) -> Bool {
        var schedule = schedule
        return schedule.isDue(newest: EventSequence(newest), now: now) != nil
    }

    @Test func isDueAfterSoManyEvents() async throws {
        let schedule = try await makeSchedule()
        #expect(!isDue(schedule, newest: 9))
        #expect(isDue(schedule, newest: 10))
    }

    @Test func isDueAfterSoMuchTimeWithAnEvent() async throws {
        let schedule = try await makeSchedule()
        database.clock.advance(by: .seconds(3599))
        #expect(!isDue(schedule, newest: 1))
        database.clock.advance(by: .seconds(1))
        #expect(isDue(schedule, newest: 1))
    }

    @Test func isNeverDueWithoutANewEvent() async throws {
        var schedule = try await makeSchedule()
        database.clock.advance(by: .seconds(1_000_000))
        #expect(!isDue(schedule, newest: 0))
        schedule.noteAttempt(newest: EventSequence(50), now: now)
        database.clock.advance(by: .seconds(1_000_000))
        #expect(!isDue(schedule, newest: 50))
        #expect(isDue(schedule, newest: 51))
    }

    @Test func countsFromTheLastAttempt() async throws {
        var schedule = try await makeSchedule()
        schedule.noteAttempt(newest: EventSequence(50), now: now)
        #expect(!isDue(schedule, newest: 59))
        #expect(isDue(schedule, newest: 60))
    }

    /// A clock that is set back by a day must not put the next retrain off by a day.
    @Test func beginsItsIntervalAnewWhereTheClockIsSetBack() async throws {
        var schedule = try await makeSchedule()
        database.clock.advance(by: .seconds(-86_400))
        #expect(schedule.isDue(newest: EventSequence(1), now: now) == nil)
        database.clock.advance(by: .seconds(3600))
        #expect(schedule.isDue(newest: EventSequence(1), now: now) != nil)
    }

    @Test func isNeverDueWhereItIsSwitchedOff() async throws {
        var copy = self
        copy.options.retrainsByItself = false
        let schedule = try await copy.makeSchedule()
        database.clock.advance(by: .seconds(1_000_000))
        #expect(!isDue(schedule, newest: 1_000_000))
    }

    @Test func remembersTheLastAttemptAcrossRestarts() async throws {
        var schedule = try await makeSchedule()
        database.clock.advance(by: .seconds(100))
        schedule.noteAttempt(newest: EventSequence(50), now: now)
        try await schedule.save(in: database.store)
        database.clock.advance(by: .seconds(3599))
        let restarted = try await makeSchedule()
        #expect(!isDue(restarted, newest: 59))
        #expect(isDue(restarted, newest: 60))
        database.clock.advance(by: .seconds(1))
        #expect(isDue(restarted, newest: 51))
    }

    /// A service that restarts more often than it trains must not begin its hour anew.
    @Test func remembersTheFirstStartAcrossRestarts() async throws {
        _ = try await makeSchedule()
        database.clock.advance(by: .seconds(3600))
        #expect(isDue(try await makeSchedule(), newest: 1))
    }
}
