/// How many users a training step is made of.
enum BatchSize {
    /// A small log is cut into smaller batches: a few steps an epoch would learn next to nothing.
    static let minimumStepsPerEpoch = 16

    /// - Parameters:
    ///   - configured: As many where the log has enough users for it.
    ///   - minimum: As many in any case, where so many are configured.
    static func forUsers(_ count: Int, upTo configured: Int, atLeast minimum: Int = 1) -> Int {
        min(configured, max(count / minimumStepsPerEpoch, minimum))
    }
}
