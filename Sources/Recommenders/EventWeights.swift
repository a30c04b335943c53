import Events
import Support

/// How much each positive event counts in training: its strength, which is what the configuration
/// gives to its type and what time decay left of it, in units of the mean.
///
///     w = strength / mean strength of the training set's positive events
///
/// So the mean of w is 1 whatever numbers are configured, and a setting such as EASE's λ means the
/// same under all of them. Where all events are equally strong each w is exactly 1.
struct EventWeights: Sendable {
    /// Beyond these nothing weighs less or more: products of weights are to stay numbers.
    private static let range: ClosedRange<Double> = 1e-6...1e6

    /// Of the positive events; 1 where there are none.
    let meanStrength: Double

    /// - Complexity: One pass over the events.
    init(_ data: TrainingSet) {
        var (sum, count) = (0.0, 0)
        for history in data.histories {
            for interaction in history where interaction.strength > 0 {
                sum += Double(interaction.strength)
                count += 1
            }
        }
        meanStrength = count > 0 ? sum / Double(count) : 1
    }

    /// w of a positive event.
    func weight(of interaction: Interaction<ItemIndex>) -> Float {
        let weight = Double(interaction.strength) / meanStrength
        return Float(min(max(weight, Self.range.lowerBound), Self.range.upperBound))
    }

    /// What models without order or time read of a history.
    func items(in history: [Interaction<ItemIndex>]) -> WeightedItems {
        var weights: [Int32: Float] = [:]
        for interaction in history where interaction.strength > 0 {
            let item = interaction.item.rawValue
            weights[item] = max(weights[item] ?? 0, weight(of: interaction))
        }
        let items = weights.keys.sorted()
        return WeightedItems(items: items, weights: items.map { weights[$0] ?? 0 })
    }
}

/// A user's row of the matrix of users and items.
struct WeightedItems: Sendable {
    /// The distinct items with positive strength, ascending.
    var items: [Int32]
    /// w of each: the largest of the user's events on it.
    var weights: [Float]

    var isEmpty: Bool { items.isEmpty }
}

extension TrainingSet {
    /// The rows of the matrix of users and items, `[histories]`; some may be empty.
    var weightedItems: [WeightedItems] {
        let weights = EventWeights(self)
        return histories.map { weights.items(in: $0) }
    }
}

extension SparseMatrix {
    /// w, `[users × items]`.
    init(_ users: [WeightedItems], itemCount: Int) {
        self.init(columnCount: itemCount)
        for user in users {
            appendRow(zip(user.items, user.weights).map { (column: $0, weight: $1) })
        }
    }
}
