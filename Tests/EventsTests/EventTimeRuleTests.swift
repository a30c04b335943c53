import Support
import Testing

@testable import Events

@Suite struct EventTimeRuleTests {
    private let now = Timestamp(milliseconds: 1_767_225_600_000)

    @Test func takesTimesFrom1990ToADayAhead() {
        #expect(EventTimeRule.accepts(Timestamp(milliseconds: 631_152_000_000), now: now))
        #expect(EventTimeRule.accepts(now, now: now))
        #expect(EventTimeRule.accepts(now + .seconds(86_400), now: now))
    }

    @Test func refusesOtherTimes() {
        #expect(!EventTimeRule.accepts(Timestamp(milliseconds: 631_151_999_999), now: now))
        #expect(!EventTimeRule.accepts(now + .milliseconds(86_400_001), now: now))
        #expect(!EventTimeRule.accepts(Timestamp(milliseconds: .min), now: now))
        #expect(!EventTimeRule.accepts(Timestamp(milliseconds: .max), now: now))
    }

    @Test func findsSecondsThatWereSentForMilliseconds() {
        let seconds = Timestamp(milliseconds: now.milliseconds / 1000)
        #expect(!EventTimeRule.accepts(seconds, now: now))
    }
}
