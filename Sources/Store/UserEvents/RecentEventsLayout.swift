/// How many events wait in memory before they go into the table of events by user.
package struct RecentEventsLayout: Sendable {
    /// Bounds of a generation; there are at most two of them, and a bit.
    package var least = 65_536
    package var most = 1_048_576
    /// The log is so many times as long as a generation, between the bounds. A page of the table has
    /// some 150 events: so it gets about ten new ones at a time.
    package var share = 16
    /// How many go into the table for each that comes in: more than one.
    package var mergedPerEvent = 2
    /// At least so many at a time, so that single events don't change a page of the table each.
    package var mergedAtOnce = 256

    package init() {}

    func generation(logEnd: Int64) -> Int { min(max(least, Int(logEnd) / share), most) }
}
