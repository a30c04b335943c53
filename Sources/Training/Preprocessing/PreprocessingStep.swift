/// One rule of what isn't trained on.
protocol PreprocessingStep {
    /// As the report says it.
    var name: String { get }

    /// Drops events of the log.
    ///
    /// - Returns: Why, with the setting that says so.
    func apply(to log: inout PreprocessedLog) -> String
}

extension Double {
    /// For reasons: `1` and `0.5`, no `1.0`.
    var shortText: String {
        Int(exactly: self).map { "\($0)" } ?? "\(self)"
    }
}
