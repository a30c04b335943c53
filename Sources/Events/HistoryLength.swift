/// Classes of how much is known of a user: what `auto` chooses a model by, and what an evaluation
/// is cut into.
package enum HistoryLength: Int, CaseIterable, Sendable, Codable {
    case none, few, some, many, most

    /// - Parameter count: Distinct items that the user did something positive with.
    package init(itemCount count: Int) {
        self =
            switch count {
            case ..<1: .none
            case ..<10: .few
            case ..<50: .some
            case ..<200: .many
            default: .most
            }
    }

    /// The bounds, as a table's heading: `1-9`.
    package var label: String {
        switch self {
        case .none: "0"
        case .few: "1-9"
        case .some: "10-49"
        case .many: "50-199"
        case .most: "200+"
        }
    }
}
