import Events
import Support

/// Protocol L: the next item. A user's last event is for test, the one before for validation, the
/// rest trains. At test time the input is everything before the last event.
///
/// The request is made at the time of its target.
package struct LeaveLastOut: Sendable {
    package let train: [[Interaction<ItemIndex>]]
    package let validation: [EvaluationCase]
    package let test: [EvaluationCase]

    package init(_ dataset: RatingsDataset) {
        self.init(
            histories: dataset.users.map(\.interactions),
            attributes: dataset.users.map(\.attributes))
    }

    /// - Parameters:
    ///   - histories: One a user, oldest event first.
    ///   - attributes: One a user; empty where nothing is known of any.
    package init(histories: [[Interaction<ItemIndex>]], attributes: [UserAttributes] = []) {
        train = histories.map { $0.count < 3 ? $0 : $0.dropLast(2) }
        let measurable = histories.indices.filter { histories[$0].count >= 3 }
        func cases(hiding count: Int) -> [EvaluationCase] {
            measurable.compactMap { user in
                Self.heldOut(
                    histories[user].dropLast(count),
                    attributes.isEmpty ? .none : attributes[user])
            }
        }
        validation = cases(hiding: 1)
        test = cases(hiding: 0)
    }

    private static func heldOut(
        _ events: ArraySlice<Interaction<ItemIndex>>, _ attributes: UserAttributes
    ) -> EvaluationCase? {
        guard let last = events.last else { return nil }
        return EvaluationCase(
            input: Array(events.dropLast()), targets: [last.item], now: last.time,
            attributes: attributes)
    }
}
