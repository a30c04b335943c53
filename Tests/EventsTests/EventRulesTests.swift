import Support
import Testing

@testable import Events

@Suite struct EventRulesTests {
    private let now = Timestamp(milliseconds: 1_767_225_600_000)

    private func accepts(_ time: Timestamp) -> Bool {
        do throws(RuleViolation) {
            return try EventRules(now: now).time(time) == time
        } catch {
            return error.code != .invalidTime
        }
    }

    @Test func takesTimesFrom1990ToADayAhead() {
        #expect(accepts(Timestamp(milliseconds: 631_152_000_000)))
        #expect(accepts(now))
        #expect(accepts(now + .seconds(86_400)))
    }

    @Test func refusesOtherTimes() {
        #expect(!accepts(Timestamp(milliseconds: 631_151_999_999)))
        #expect(!accepts(now + .milliseconds(86_400_001)))
        #expect(!accepts(Timestamp(milliseconds: .min)))
        #expect(!accepts(Timestamp(milliseconds: .max)))
    }

    @Test func findsSecondsThatWereSentForMilliseconds() {
        #expect(!accepts(Timestamp(milliseconds: now.milliseconds / 1000)))
    }

    @Test func takesPropertiesUpToTheirLimit() throws {
        let rules = EventRules(now: now)
        let longest = String(repeating: "x", count: EventRules.maximumPropertiesBytes)
        #expect(try rules.properties(longest) == longest)
        #expect(throws: RuleViolation.self) { try rules.properties(longest + "x") }
    }

    @Test func readsATimeAsTextOrMilliseconds() throws {
        let rules = EventRules(now: now)
        #expect(try rules.time("2025-12-31T23:59:59Z") == now + .seconds(-1))
        #expect(try rules.time("1767225600000") == now)
        for text in ["", "yesterday", "2025-12-31", "1767225600000.0"] {
            #expect(throws: RuleViolation.self) { try rules.time(text) }
        }
    }

    @Test func refusesValuesThatAreNoFiniteNumbers() throws {
        let rules = EventRules(now: now)
        #expect(try rules.value(-1.5) == -1.5)
        for value in [nil, .nan, .infinity] as [Double?] {
            #expect(throws: RuleViolation.self) { try rules.value(value) }
        }
    }

    @Test func namesTheFieldWhoseTextIsNoIdentifier() throws {
        let rules = EventRules(now: now)
        #expect(try rules.identifier("a", field: "session") == "a")
        #expect(throws: RuleViolation.identifier("session")) {
            try rules.identifier("", field: "session")
        }
        #expect(throws: RuleViolation.identifier("user")) { try rules.user("a\n") }
        #expect(throws: RuleViolation.identifier("item")) { try rules.item("") }
    }
}
