/// What is logged of the answers, and how long it is kept.
package struct RecommendationLogOptions: Sendable {
    /// Sums are kept for so many days.
    package static let daysOfSums = 90

    /// The share of answers that is logged, from 0 to 1.
    package var samplingRate = 1.0
    /// Answers that may wait to be written.
    package var queueCapacity = 65_536
    /// Older answers are removed.
    package var keptDays = 30
    /// Of more answers the oldest are removed.
    package var keptAnswers = 1_000_000

    package init() {}
}
