import Events
import Support

/// One request of an evaluation, as a rule one of each user: what the model may read and what it should find.
package struct EvaluationCase: Sendable {
    /// Oldest first. The ranking leaves these items out.
    package var input: [Interaction<ItemIndex>]
    package var targets: [ItemIndex]
    /// The moment of the request.
    package var now: Timestamp
    package var attributes: UserAttributes
    /// What is ranked; nil for the whole catalogue.
    package var candidates: [ItemIndex]?
    /// Whose it is, where a user has several: they are not independent of each other. Nil for a user
    /// of its own; either all cases of an evaluation have one or none.
    package var user: Int?

    package init(
        input: [Interaction<ItemIndex>], targets: [ItemIndex], now: Timestamp,
        attributes: UserAttributes = .none, candidates: [ItemIndex]? = nil, user: Int? = nil
    ) {
        self.input = input
        self.targets = targets
        self.now = now
        self.attributes = attributes
        self.candidates = candidates
        self.user = user
    }

    /// What the model reads.
    package var history: History {
        History(interactions: input, now: now, attributes: attributes)
    }

    /// How much is known of the user.
    package var historyLength: HistoryLength {
        HistoryLength(itemCount: Set(input.lazy.filter { $0.strength > 0 }.map(\.item)).count)
    }

    /// Marks what is ranked, what is to be found and what is left out.
    ///
    /// - Parameter roles: All candidates, `[itemCount]`.
    package func setRoles(in roles: inout [ItemRole]) {
        if let candidates {
            for item in roles.indices { roles[item] = .input }
            for item in candidates { roles[item.row] = .candidate }
        }
        for target in targets { roles[target.row] = .target }
        for interaction in input { roles[interaction.item.row] = .input }
    }

    /// Makes all of them candidates again.
    func clearRoles(in roles: inout [ItemRole]) {
        if candidates != nil {
            for item in roles.indices { roles[item] = .candidate }
        }
        for target in targets { roles[target.row] = .candidate }
        for interaction in input { roles[interaction.item.row] = .candidate }
    }
}
