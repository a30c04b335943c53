import Support

/// What a client asks for.
package struct RecommendationQuery: Sendable {
    /// One entry of a history that came with the request.
    package struct HistoryEntry: Sendable {
        package var item: ItemID
        package var type: String?
        package var value: Double?
        package var time: Timestamp?

        package init(
            item: ItemID, type: String? = nil, value: Double? = nil, time: Timestamp? = nil
        ) {
            self.item = item
            self.type = type
            self.value = value
            self.time = time
        }
    }

    package var user: UserID?
    /// What a visitor did who has no id, or what the log doesn't have.
    package var history: [HistoryEntry]
    package var k: Int
    /// Nil for the default model.
    package var model: String?
    package var exclude: [ItemID]
    /// With candidates, nothing else is answered.
    package var candidates: [ItemID]?
    package var excludeSeen: Bool

    package init(
        user: UserID? = nil, history: [HistoryEntry] = [], k: Int = 10, model: String? = nil,
        exclude: [ItemID] = [], candidates: [ItemID]? = nil, excludeSeen: Bool = true
    ) {
        self.user = user
        self.history = history
        self.k = k
        self.model = model
        self.exclude = exclude
        self.candidates = candidates
        self.excludeSeen = excludeSeen
    }
}

/// The answer to a `RecommendationQuery`.
package struct RankedAnswer: Sendable {
    package enum Policy: String, Sendable, CaseIterable {
        case model
        case popular = "fallback:popular"
        case recent = "fallback:recent"
    }

    package struct Item: Sendable, Equatable {
        package var key: ItemKey
        package var id: ItemID
        package var score: Float
    }

    package struct Model: Sendable, Equatable {
        package var name: String
        package var version: Int
    }

    /// The user whom the answer is for, if the log knows him.
    package var user: UserKey?
    package var items: [Item]
    package var policy: Policy
    /// The model that made the scores; nil for a fallback.
    package var model: Model?
    /// The user's last event that was taken into account.
    package var watermark: EventSequence?
}
