import Support

/// What every imported event must keep, as in the API's contract. The texts name field and rule.
struct EventRules {
    /// 1990-01-01: seconds that were written for milliseconds fall before it.
    private static let earliest = Timestamp(milliseconds: 631_152_000_000)
    private static let ahead = Duration.seconds(24 * 60 * 60)

    private let latest: Timestamp

    /// - Parameter now: Times more than a day after it are refused.
    init(now: Timestamp) {
        latest = now + Self.ahead
    }

    func user(_ text: String) throws(RuleViolation) -> UserID {
        guard let id = UserID(text) else { throw RuleViolation.identifier("user") }
        return id
    }

    func item(_ text: String) throws(RuleViolation) -> ItemID {
        guard let id = ItemID(text) else { throw RuleViolation.identifier("item") }
        return id
    }

    /// For fields that follow the rule of ids: `id`, `type`, `session`, `recommendation`.
    func identifier(_ text: String, field: String) throws(RuleViolation) -> String {
        guard IdentifierRule.accepts(text) else { throw RuleViolation.identifier(field) }
        return text
    }

    func value(_ number: Double?) throws(RuleViolation) -> Double {
        guard let number, number.isFinite else {
            throw RuleViolation(reason: "value is not a finite number")
        }
        return number
    }

    /// RFC 3339 text, or whole milliseconds since 1970.
    func time(_ text: String) throws(RuleViolation) -> Timestamp {
        if let milliseconds = Int64(text) {
            return try time(Timestamp(milliseconds: milliseconds))
        }
        guard let time = Timestamp(rfc3339: text) else {
            throw RuleViolation(reason: "time is neither RFC 3339 nor whole milliseconds")
        }
        return try self.time(time)
    }

    func time(_ time: Timestamp) throws(RuleViolation) -> Timestamp {
        guard time >= Self.earliest else {
            throw RuleViolation(reason: "time is before 1990 (are these seconds?)")
        }
        guard time <= latest else {
            throw RuleViolation(reason: "time is more than a day ahead")
        }
        return time
    }
}

/// Why a line holds no event.
struct RuleViolation: Error {
    var reason: String

    static func identifier(_ field: String) -> RuleViolation {
        RuleViolation(reason: "\(field) is not 1 to 256 bytes without control characters")
    }
}
