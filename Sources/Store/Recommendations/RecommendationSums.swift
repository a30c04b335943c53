/// What was shown and what came of it.
package struct RecommendationSums: Sendable, Equatable {
    package struct OfSource: Sendable, Equatable {
        /// How many answers had so many items.
        package var answersByLength: [Int: Int] = [:]
        /// By type, how many events came from the item at each place, from 1; at 0 those whose item
        /// wasn't in the answer.
        package var events: [String: [Int: Int]] = [:]

        package init() {}
    }

    /// Answers that are in the log now.
    package var kept = 0
    package var bySource: [AnswerSource: OfSource] = [:]
    /// By type, events that name an answer that isn't in the log.
    package var unknownLinks: [String: Int] = [:]
}
