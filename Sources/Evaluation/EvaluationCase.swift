import Events
import Support

/// One user of an evaluation: what the model may read and what it should find.
package struct EvaluationCase: Sendable {
    /// Oldest first. The ranking leaves these items out.
    package var input: [Interaction<ItemIndex>]
    package var targets: [ItemIndex]
    /// The moment of the request.
    package var now: Timestamp
    package var attributes: UserAttributes
    /// What is ranked; nil for the whole catalogue.
    package var candidates: [ItemIndex]?

    package init(
        input: [Interaction<ItemIndex>], targets: [ItemIndex], now: Timestamp,
        attributes: UserAttributes = .none, candidates: [ItemIndex]? = nil
    ) {
        self.input = input
        self.targets = targets
        self.now = now
        self.attributes = attributes
        self.candidates = candidates
    }

    /// What the model reads.
    package var history: History {
        History(interactions: input, now: now, attributes: attributes)
    }

    /// How much is known of the user.
    package var historyLength: HistoryLength {
        HistoryLength(itemCount: Set(input.lazy.filter { $0.strength > 0 }.map(\.item)).count)
    }
}
