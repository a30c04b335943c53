import Events
import Support

/// Protocol H: users that were never seen in training.
///
/// By `id % 12`: 0 is for test, 1 for validation, the others train. Of a held-out user's events, in
/// time order, every fifth (index % 5 == 4) is a target and the rest is the input. Recall has the
/// denominator min(k, targets).
package struct StrongGeneralisation: Sendable {
    package let train: [[Interaction<ItemIndex>]]
    /// Of the users of `train`.
    package let trainAttributes: [UserAttributes]
    package let validation: [EvaluationCase]
    package let test: [EvaluationCase]

    package init(_ dataset: RatingsDataset) {
        let parts = Dictionary(grouping: dataset.users) { $0.id % 12 }
        let trainUsers = dataset.users.filter { $0.id % 12 > 1 }
        train = trainUsers.map(\.interactions)
        trainAttributes = trainUsers.map(\.attributes)
        validation = (parts[1] ?? []).compactMap { Self.heldOut($0.interactions, $0.attributes) }
        test = (parts[0] ?? []).compactMap { Self.heldOut($0.interactions, $0.attributes) }
    }

    /// Nil for a user with fewer than five events, who has no target.
    ///
    /// The targets lie between the inputs in time, so the request comes after all of them.
    package static func heldOut(
        _ events: [Interaction<ItemIndex>], _ attributes: UserAttributes = .none
    ) -> EvaluationCase? {
        guard events.count >= 5, let last = events.last else { return nil }
        return EvaluationCase(
            input: events.indices.filter { $0 % 5 != 4 }.map { events[$0] },
            targets: events.indices.filter { $0 % 5 == 4 }.map { events[$0].item },
            now: last.time, attributes: attributes)
    }
}
