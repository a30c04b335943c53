import Support

/// What every event must keep, whether it is posted or imported. The texts name field and rule.
package struct EventRules: Sendable {
    /// 1990-01-01: seconds that were written for milliseconds fall before it.
    private static let earliest = Timestamp(milliseconds: 631_152_000_000)
    /// How far ahead of our clock a client's may be.
    private static let ahead = Duration.seconds(24 * 60 * 60)

    /// Of properties as JSON, in bytes: a thousand events have to fit into an answer.
    package static let maximumPropertiesBytes = 16 * 1024

    /// Types that a log may have; more only where they are configured.
    package static let maximumTypes = 1000

    package static let tooManyTypes = RuleViolation(
        reason: "type is new, but the log has \(maximumTypes) event types already: "
            + "more must be configured in events.types")

    package static let tooFarAhead = RuleViolation(
        .invalidTime, reason: "time is more than a day ahead")

    private let latest: Timestamp
    private let leavesRepeats: Bool

    /// - Parameters:
    ///   - now: Times more than a day after it are refused.
    ///   - leavesRepeats: Not those of events with an id, which whoever stores them holds against
    ///     `isNear`, unless the id is known: an event may be sent again after a clock that was ahead
    ///     was set back.
    package init(now: Timestamp, leavesRepeats: Bool = false) {
        latest = now + Self.ahead
        self.leavesRepeats = leavesRepeats
    }

    /// Whether the time is no more than a day ahead.
    package func isNear(_ time: Timestamp) -> Bool { time <= latest }

    package func user(_ text: String) throws(RuleViolation) -> UserID {
        guard let id = UserID(text) else { throw RuleViolation.identifier("user") }
        return id
    }

    package func item(_ text: String) throws(RuleViolation) -> ItemID {
        guard let id = ItemID(text) else { throw RuleViolation.identifier("item") }
        return id
    }

    /// For fields that follow the rule of ids: `id`, `type`, `session`, `recommendation`.
    package func identifier(_ text: String, field: String) throws(RuleViolation) -> String {
        guard IdentifierRule.accepts(text) else { throw RuleViolation.identifier(field) }
        return text
    }

    package func value(_ number: Double?) throws(RuleViolation) -> Double {
        guard let number, number.isFinite else {
            throw RuleViolation(reason: "value is not a finite number")
        }
        return number
    }

    /// - Parameter text: An object as JSON.
    package func properties(_ text: String) throws(RuleViolation) -> String {
        guard text.utf8.count <= Self.maximumPropertiesBytes else {
            throw RuleViolation(
                reason: "properties has more than \(Self.maximumPropertiesBytes) bytes")
        }
        return text
    }

    /// RFC 3339 text, or whole milliseconds since 1970.
    package func time(_ text: String) throws(RuleViolation) -> Timestamp {
        if let milliseconds = Int64(text) {
            return try time(Timestamp(milliseconds: milliseconds))
        }
        guard let time = Timestamp(rfc3339: text) else {
            throw RuleViolation(.invalidTime, reason: "time \(JSONTimestamp.rule)")
        }
        return try self.time(time)
    }

    package func time(
        _ time: Timestamp, hasID: Bool = false
    ) throws(RuleViolation) -> Timestamp {
        guard time >= Self.earliest else {
            throw RuleViolation(.invalidTime, reason: "time is before 1990 (are these seconds?)")
        }
        guard isNear(time) || (leavesRepeats && hasID) else { throw Self.tooFarAhead }
        return time
    }
}

/// Why something is no event.
package struct RuleViolation: Error, Equatable {
    /// The code that the API answers.
    package enum Code: String, Sendable {
        case invalidEvent = "invalid-event"
        case invalidID = "invalid-id"
        case invalidTime = "invalid-time"
    }

    package var code: Code
    package var reason: String

    package init(_ code: Code = .invalidEvent, reason: String) {
        self.code = code
        self.reason = reason
    }

    package static func identifier(_ field: String) -> RuleViolation {
        RuleViolation(
            .invalidID, reason: "\(field) must be 1 to 256 bytes without control characters")
    }
}
