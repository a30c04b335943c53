import Events
import Support

/// The numbers that may be the events of a user: what takes long to find for one with many, and is
/// found once for many steps.
package struct UserEventNumbers: Sendable {
    package let user: UserKey
    /// Highest first. Some may not be in the log.
    package let numbers: [EventSequence]
    /// The log's end when they were looked for.
    package let logEnd: EventSequence
}
