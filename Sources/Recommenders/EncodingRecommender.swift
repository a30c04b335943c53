import Events
import Support

/// What a model makes of a history, before it looks at any item.
package struct HistoryEncoding: Sendable {
    /// In the model's own form.
    package var values: [Float]
    /// It is exact for requests before this moment; nil: for ever.
    package var validUntil: Timestamp?

    package init(values: [Float], validUntil: Timestamp? = nil) {
        self.values = values
        self.validUntil = validUntil
    }
}

/// A model that does its work in two steps, of which the first can be kept while the history stays
/// the same: the service then makes only the second one for each request.
package protocol EncodingRecommender: Recommender {
    /// What the model makes of a history. The time of the request counts only through
    /// `validUntil`: until then another encoding would be the same.
    ///
    /// - Precondition: `canAnswer(history)`.
    func encoding(of history: History) -> HistoryEncoding

    /// Scores of the whole catalogue: those of `scores(for:)` within rounding.
    ///
    /// - Returns: `[itemCount]`, finite.
    func scores(of encoding: HistoryEncoding) -> [Float]

    /// The best `k` items by `scores(of:)`, best first, without those that are hidden; of equal
    /// scores the lower index comes first. Fewer where there are no more.
    func best(
        _ k: Int, of encoding: HistoryEncoding, isHidden: (Int) -> Bool
    ) -> [(row: Int, score: Float)]
}

extension EncodingRecommender {
    /// From the scores of the whole catalogue.
    package func best(
        _ k: Int, of encoding: HistoryEncoding, isHidden: (Int) -> Bool
    ) -> [(row: Int, score: Float)] {
        scores(of: encoding).withUnsafeBufferPointer { topK($0, k: k, isHidden: isHidden) }
    }
}
