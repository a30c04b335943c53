import Foundation

/// What of the log is trained on. Answers read every event, whatever this says.
package struct PreprocessingSettings: Codable, Sendable, Equatable {
    /// The same event again within so many seconds counts once; 0 keeps all.
    package var duplicateSeconds = 1.0
    /// A user with more events than this within any 24 hours is no person; 0 keeps all.
    package var maximumEventsPerDay = 10_000
    /// Users and items with fewer events are left out.
    package var minimumEventsPerUser = 1
    package var minimumEventsPerItem = 1
    /// An event of this age counts half as much as one of now; 0 lets all count alike.
    package var halfLifeDays = 0.0
    /// Older events are left out; 0 keeps all.
    package var windowDays = 0.0

    package init() {}
}

/// What the preprocessing of one log left out, and why.
package struct PreprocessingReport: Codable, Sendable, Equatable {
    package struct Counts: Codable, Sendable, Equatable {
        package var events: Int
        /// With at least one event.
        package var users: Int
        package var items: Int

        package init(events: Int = 0, users: Int = 0, items: Int = 0) {
            self.events = events
            self.users = users
            self.items = items
        }

        package static func - (left: Counts, right: Counts) -> Counts {
            Counts(
                events: left.events - right.events, users: left.users - right.users,
                items: left.items - right.items)
        }
    }

    package struct Step: Codable, Sendable, Equatable {
        package var name: String
        package var reason: String
        package var dropped: Counts

        package init(name: String, reason: String, dropped: Counts) {
            self.name = name
            self.reason = reason
            self.dropped = dropped
        }
    }

    /// The log as it was read.
    package var log: Counts
    /// Those that are switched on, in their order.
    package var steps: [Step]
    /// What is left, of users who train and of users who are held out.
    package var kept: Counts

    package init(log: Counts, steps: [Step], kept: Counts) {
        self.log = log
        self.steps = steps
        self.kept = kept
    }

    /// As checkpoints hold it.
    package func text() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}
