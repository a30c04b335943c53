/// How one model's scores are made comparable with another's.
enum ScoreFusion: Sendable, Equatable {
    /// (s − mean) / deviation, over the catalogue.
    case standardScore
    /// 1 / (constant + rank), rank from 1; equal scores share the mean of their places.
    case reciprocalRank(constant: Float)

    /// - Throws: `ModelError.invalidSetting`.
    init(_ settings: ModelSettings) throws(ModelError) {
        let isLearnt = try settings.integer("learnt", in: 0...1) == 1
        let constant = Float(try settings.real("rankConstant", in: 0...1_000_000))
        self = isLearnt ? .standardScore : .reciprocalRank(constant: constant)
    }

    /// Replaces the scores of one history.
    ///
    /// - Parameter scores: `[items]`, finite.
    /// - Returns: The lowest of the new scores; 0 where there is no item.
    /// - Complexity: O(items), or O(items · log items) for ranks.
    func apply(to scores: inout ArraySlice<Float>) -> Float {
        switch self {
        case .standardScore: Self.standardise(&scores)
        case .reciprocalRank(let constant): Self.rank(&scores, constant: constant)
        }
        return scores.min() ?? 0
    }

    /// A model that finds all items alike says nothing: zeros.
    private static func standardise(_ scores: inout ArraySlice<Float>) {
        let count = Double(max(scores.count, 1))
        let mean = scores.reduce(0.0) { $0 + Double($1) } / count
        let variance =
            scores.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / count
        let scale = variance > 0 ? Float(1 / variance.squareRoot()) : 0
        let center = Float(mean)
        for index in scores.indices { scores[index] = (scores[index] - center) * scale }
    }

    private static func rank(_ scores: inout ArraySlice<Float>, constant: Float) {
        let order = scores.indices.sorted { scores[$0] > scores[$1] }
        var ranked = scores
        var first = 0
        while first < order.count {
            var end = first + 1
            while end < order.count, scores[order[end]] == scores[order[first]] { end += 1 }
            let rank = Float(first + 1 + end) / 2  // the mean of first + 1 ... end
            for place in first..<end { ranked[order[place]] = 1 / (constant + rank) }
            first = end
        }
        scores = ranked
    }
}
