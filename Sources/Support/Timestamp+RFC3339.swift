extension Timestamp {
    /// Parses an RFC 3339 `date-time` (section 5.6), with or without fractional seconds, of which
    /// it keeps milliseconds. A leap second counts as the first second of the next minute. Nil for
    /// anything else.
    ///
    /// Foundation's parser takes the 30th of February, 25 o'clock and anything behind the Z.
    package init?(rfc3339 text: String) {
        var reader = DigitReader(text)
        guard let date = reader.date(), reader.skip("T", or: "t"),
            let time = reader.timeOfDay(), let offset = reader.offset(), reader.isAtEnd
        else { return nil }
        milliseconds = date * 86_400_000 + time - offset
    }
}

/// Reads numbers of fixed length from the front of a text.
private struct DigitReader {
    private var rest: Substring.UTF8View

    init(_ text: String) {
        rest = text[...].utf8
    }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func skip(_ byte: Unicode.Scalar, or other: Unicode.Scalar? = nil) -> Bool {
        guard let first = rest.first.map(Unicode.Scalar.init), first == byte || first == other
        else { return false }
        rest.removeFirst()
        return true
    }

    /// `full-date` as days since 1970-01-01.
    mutating func date() -> Int64? {
        guard let year = number(4, in: 0...9999), skip("-"), let month = number(2, in: 1...12),
            skip("-"), let day = number(2, in: 1...Self.days(of: month, in: year))
        else { return nil }
        return Self.daysSince1970(year, month, day)
    }

    /// `partial-time` as milliseconds.
    mutating func timeOfDay() -> Int64? {
        guard let hour = number(2, in: 0...23), skip(":"), let minute = number(2, in: 0...59),
            skip(":"), let second = number(2, in: 0...60), let fraction = fraction()
        else { return nil }
        return ((hour * 60 + minute) * 60 + second) * 1000 + fraction
    }

    /// `time-offset` as milliseconds.
    mutating func offset() -> Int64? {
        if skip("Z", or: "z") { return 0 }
        let sign: Int64
        if skip("+") {
            sign = 1
        } else if skip("-") {
            sign = -1
        } else {
            return nil
        }
        guard let hours = number(2, in: 0...23), skip(":"), let minutes = number(2, in: 0...59)
        else { return nil }
        return sign * (hours * 60 + minutes) * 60_000
    }

    /// `time-secfrac` as milliseconds, further digits cut off; 0 where there is none.
    private mutating func fraction() -> Int64? {
        guard skip(".") else { return 0 }
        let digits = rest.prefix { (0x30...0x39).contains($0) }
        guard !digits.isEmpty else { return nil }
        rest.removeFirst(digits.count)
        let padded = digits.prefix(3) + Array(repeating: 0x30, count: max(0, 3 - digits.count))
        return padded.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
    }

    private mutating func number(_ count: Int, in range: ClosedRange<Int64>) -> Int64? {
        let digits = rest.prefix(count)
        guard digits.count == count, digits.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        let number = digits.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
        guard range.contains(number) else { return nil }
        rest.removeFirst(count)
        return number
    }

    /// The proleptic Gregorian calendar.
    private static func days(of month: Int64, in year: Int64) -> Int64 {
        let isLeapYear = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        return switch month {
        case 2: isLeapYear ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Reference: Hinnant, "chrono-Compatible Low-Level Date Algorithms", `days_from_civil`. Years
    /// begin in March there, so that the leap day is a year's last.
    private static func daysSince1970(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let year = year + 400 - (month <= 2 ? 1 : 0)  // one era on: never negative
        let (era, yearOfEra) = (year / 400, year % 400)
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return (era - 1) * 146_097 + dayOfEra - 719_468
    }
}
