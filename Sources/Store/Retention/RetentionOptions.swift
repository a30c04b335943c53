/// How long raw events stay in the log.
package struct RetentionOptions: Sendable {
    package struct Rule: Sendable, Equatable {
        /// Older events go; nil for any age.
        package var keptDays: Double?
        /// Of more events of the type the oldest go; nil for any number.
        package var keptEvents: Int?
        /// Whether what goes is kept as a count for its user and item, or not at all.
        package var isFolded = true

        package init() {}
    }

    /// By the type's name; what isn't here stays for ever.
    package var rules: [String: Rule] = [:]
    /// From the end of a pass over the log to the next one.
    package var interval = Duration.seconds(60 * 60)

    package init() {}
}
