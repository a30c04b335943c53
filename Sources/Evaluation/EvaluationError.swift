import Support

/// Why an evaluation has no result.
package enum EvaluationError: Error, Equatable, CustomStringConvertible {
    /// A model gave an item a score that is not a finite number.
    case notFinite(item: ItemIndex)

    package var description: String {
        switch self {
        case .notFinite(let item): "the score of item row \(item.rawValue) is not finite"
        }
    }
}
