import Testing

@testable import Recommenders

@Suite struct LearningRateScheduleTests {
    @Test func risesAndSinksToNothing() {
        let schedule = LearningRateSchedule(
            highest: 0.5, warmupSteps: 10, steps: 1000, sinks: true)
        #expect(schedule.factor(1) == 0.05)
        #expect(schedule.factor(5) == 0.25)
        #expect(abs(schedule.factor(500) - 0.25) < 1e-12)
        #expect(schedule.factor(1000) < 1e-12 && schedule.factor(2000) < 1e-12)
    }

    @Test func staysWhereItDoesNotSink() {
        let schedule = LearningRateSchedule(highest: 1, warmupSteps: 2, steps: 100, sinks: false)
        #expect([1, 2, 50, 1000].map(schedule.factor) == [0.5, 1, 1, 1])
    }

    /// A short training shall not be all rise.
    @Test func theRiseIsNoMoreThanATenth() {
        let schedule = LearningRateSchedule(highest: 1, warmupSteps: 100, steps: 50, sinks: false)
        #expect([1, 4, 5].map(schedule.factor) == [0.2, 0.8, 1])
    }
}
