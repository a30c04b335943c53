/// What an event of a type means to the models and to the ranker.
package struct EventMeaning: Sendable, Equatable {
    package enum Sign: String, Sendable {
        case positive, negative
    }

    /// How strongly it counts in training.
    package var weight: Double
    package var sign: Sign
    /// Whether the item is hidden from later answers.
    package var isSeen: Bool
    /// With a threshold, the event is positive from this `value` on and negative below it.
    package var positiveFrom: Double?

    package init(
        weight: Double = 1, sign: Sign = .positive, isSeen: Bool = false,
        positiveFrom: Double? = nil
    ) {
        self.weight = weight
        self.sign = sign
        self.isSeen = isSeen
        self.positiveFrom = positiveFrom
    }

    /// The signed weight of an event with the given value.
    package func strength(value: Double?) -> Float {
        let isPositive =
            if let positiveFrom, let value { value >= positiveFrom } else { sign == .positive }
        return Float(isPositive ? weight : -weight)
    }
}

/// The meanings of all types: what is configured, on top of the defaults of the API.
package struct EventMeanings: Sendable, Equatable {
    package private(set) var byType: [String: EventMeaning]

    package static let defaults: [String: EventMeaning] = [
        "view": EventMeaning(weight: 1),
        "click": EventMeaning(weight: 1),
        "like": EventMeaning(weight: 2, isSeen: true),
        "cart": EventMeaning(weight: 3),
        "purchase": EventMeaning(weight: 5, isSeen: true),
        "rating": EventMeaning(weight: 1, isSeen: true, positiveFrom: 4),
        "dislike": EventMeaning(weight: 1, sign: .negative, isSeen: true),
    ]

    package init(overriding configured: [String: EventMeaning] = [:]) {
        byType = Self.defaults.merging(configured) { _, new in new }
    }

    /// A type that nobody configured has weight 1 and is not seen.
    package subscript(type: String) -> EventMeaning {
        byType[type] ?? EventMeaning()
    }
}
