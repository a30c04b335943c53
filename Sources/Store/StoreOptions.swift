/// How a store is opened, and its limits.
package struct StoreOptions: Sendable {
    /// SQLite's `synchronous` setting, https://www.sqlite.org/pragma.html#pragma_synchronous
    package enum Synchronous: Int, Sendable {
        /// Never syncs. Only for the test that shows what FULL is good for.
        case off = 0
        /// Syncs the WAL at each commit: acknowledged means durable.
        case full = 2
    }

    package var path: String
    /// Connections that read, each on its own thread.
    package var readers: Int
    /// Writes that may wait; one more is refused.
    package var queueCapacity: Int
    /// Reads that may wait or run; one more is refused.
    package var readCapacity: Int
    package var synchronous: Synchronous
    /// The writer's page cache.
    package var cacheMebibytes: Int
    /// The WAL is moved into the database file at this many pages of 4 KiB.
    package var walCheckpointPages: Int
    /// An event counts half as much in the popularity after so many days.
    package var popularityHalfLifeDays: Double
    /// How many checkpoints of each model stay, beside those that served.
    package var keptCheckpoints: Int
    /// How many of those that served stay, beside the one in service and the one that a rollback
    /// brings back; 0 for all.
    package var keptServedCheckpoints = 0
    /// Administrative calls that the audit log keeps, and a tenth of that of refused ones.
    package var auditedCalls: Int
    /// An upper bound of the file's size, nil for none.
    package var maximumPages: Int?
    package var recommendationLog = RecommendationLogOptions()
    package var recentEvents = RecentEventsLayout()

    package init(
        path: String, readers: Int = 2, queueCapacity: Int = 4096, readCapacity: Int = 4096,
        synchronous: Synchronous = .full, cacheMebibytes: Int = 256,
        walCheckpointPages: Int = 65_536, popularityHalfLifeDays: Double = 30,
        keptCheckpoints: Int = 5, auditedCalls: Int = 100_000,
        maximumPages: Int? = nil
    ) {
        self.path = path
        self.readers = readers
        self.queueCapacity = queueCapacity
        self.readCapacity = readCapacity
        self.synchronous = synchronous
        self.cacheMebibytes = cacheMebibytes
        self.walCheckpointPages = walCheckpointPages
        self.popularityHalfLifeDays = popularityHalfLifeDays
        self.keptCheckpoints = keptCheckpoints
        self.auditedCalls = auditedCalls
        self.maximumPages = maximumPages
    }
}
