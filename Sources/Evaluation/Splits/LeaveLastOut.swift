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
        self.init(histories: dataset.users.map(\.interactions))
    }

    /// - Parameter histories: One a user, oldest event first.
    package init(histories users: [[Interaction<ItemIndex>]]) {
        train = users.map { $0.count < 3 ? $0 : $0.dropLast(2) }
        validation = users.filter { $0.count >= 3 }
            .compactMap { Self.heldOut($0[..<($0.count - 1)]) }
        test = users.filter { $0.count >= 3 }.compactMap { Self.heldOut($0[...]) }
    }

    private static func heldOut(_ events: ArraySlice<Interaction<ItemIndex>>) -> EvaluationCase? {
        guard let last = events.last else { return nil }
        return EvaluationCase(input: Array(events.dropLast()), targets: [last.item], now: last.time)
    }
}
