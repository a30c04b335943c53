import Support

/// Which times an event may have: a clock that is far off, or seconds sent for milliseconds, would
/// otherwise put it at the wrong end of every history.
package enum EventTimeRule {
    /// 1990-01-01T00:00:00Z.
    package static let earliest = Timestamp(milliseconds: 631_152_000_000)
    /// How far ahead of our clock a client's may be.
    package static let tolerance = Duration.seconds(86_400)

    package static let description = "time must not be before 1990 or more than a day ahead"

    package static func accepts(_ time: Timestamp, now: Timestamp) -> Bool {
        time >= earliest && time <= now + tolerance
    }
}
