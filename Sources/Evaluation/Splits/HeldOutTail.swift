import Events
import Support

/// How the trainer and the gate examine on the service's own log: a user's latest events are to be
/// found from the earlier ones.
package enum HeldOutTail {
    /// Splits one user's events. Targets are the positive events of the tail on items that the
    /// input doesn't have, each item once, in order of time. The request is made at the time of the
    /// first held-out event.
    ///
    /// - Parameters:
    ///   - events: Oldest first.
    ///   - fraction: Which part is held out, rounded down, at least one event.
    /// - Returns: Nil where the input or the targets would be empty.
    package static func split(
        _ events: [Interaction<ItemIndex>], fraction: Double = 0.2
    ) -> EvaluationCase? {
        precondition((0..<1).contains(fraction), "a tail of \(fraction) leaves no input")
        let tailCount = max(1, Int(Double(events.count) * fraction))
        guard tailCount < events.count else { return nil }
        let input = events.dropLast(tailCount)
        let tail = events.suffix(tailCount)
        var known = Set(input.map(\.item))
        let targets = tail.filter { $0.strength > 0 }.map(\.item)
            .filter { known.insert($0).inserted }
        guard let first = tail.first, !targets.isEmpty else { return nil }
        return EvaluationCase(input: Array(input), targets: targets, now: first.time)
    }
}
