import Support

/// What a user does with an item: always a view, and more of it where the item is to the taste.
enum DemoReaction {
    static func draw(
        isLiked: Bool, random: inout RandomSource
    ) -> [(type: String, value: Double?)] {
        let interest = isLiked ? 1.0 : 0.25
        var reactions: [(type: String, value: Double?)] = [("view", nil)]
        if random.uniform() < 0.35 * interest { reactions.append(("click", nil)) }
        if random.uniform() < 0.12 * interest { reactions.append(("like", nil)) }
        if random.uniform() < 0.1 * interest {
            reactions.append(("cart", nil))
            if random.uniform() < 0.6 { reactions.append(("purchase", nil)) }
        }
        if random.uniform() < 0.08 {
            let stars = isLiked ? [3.0, 4, 4, 5, 5] : [1.0, 2, 2, 3, 4]
            reactions.append(("rating", stars.randomElement(using: &random)))
        }
        return reactions
    }
}

/// The time within a visit: a few seconds to a few minutes from one act to the next.
struct DemoClock {
    private(set) var milliseconds: Int

    init(secondOfDay: Int) {
        milliseconds = secondOfDay * 1000
    }

    /// Visits don't go on into the next day.
    var hasTime: Bool { milliseconds < (DemoTime.secondsPerDay - 1800) * 1000 }

    mutating func advance(_ random: inout RandomSource) {
        milliseconds += 3_000 + Int(random.uniform() * random.uniform() * 120_000)
    }
}

/// Draws rows in proportion to their weights.
struct WeightedChoice {
    private let cumulative: [Double]

    init(_ weights: [Double]) {
        var sum = 0.0
        cumulative = weights.map {
            sum += $0
            return sum
        }
    }

    /// Nil where no weight is above 0.
    func pick(_ random: inout RandomSource) -> Int? {
        guard let total = cumulative.last, total > 0 else { return nil }
        let draw = random.uniform() * total
        var low = 0
        var high = cumulative.count - 1
        while low < high {
            let middle = (low + high) / 2
            if cumulative[middle] > draw { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
