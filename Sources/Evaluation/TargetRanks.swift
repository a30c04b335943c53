import Support

/// Where the targets of one user stand in the ranking of the whole catalogue. All accuracy metrics
/// are functions of this.
///
/// A tie counts against the model: a target stands behind every other item of the same score.
/// Only targets among the first `depth` places are kept.
package struct TargetRanks: Sendable, Equatable {
    /// Ranks from 0, ascending.
    package let ranks: [Int]
    package let targetCount: Int
    /// How many items were ranked: the catalogue without the input history.
    package let candidateCount: Int

    /// The ranks in a list that is already in order.
    package init(ranking: [ItemIndex], targets: Set<ItemIndex>) {
        ranks = ranking.indices.filter { targets.contains(ranking[$0]) }
        targetCount = targets.count
        candidateCount = ranking.count
    }

    /// Ranks the catalogue by score, best first.
    ///
    /// The j-th best target stands behind j targets and behind each other item that scores at least
    /// as much. So each item is counted at the best target that it beats, and a running sum over
    /// the targets gives their ranks. Nothing is sorted but the targets.
    ///
    /// - Parameters:
    ///   - scores: One score for each item, `[itemCount]`.
    ///   - roles: What each item is to this user, `[itemCount]`.
    ///   - depth: How many places are looked at, at least 1.
    /// - Throws: `EvaluationError.notFinite` for a score that is no number, except where the item
    ///   isn't ranked.
    /// - Complexity: O(n log min(depth, targets)) for n items.
    package init(scores: ArraySlice<Float>, roles: [ItemRole], depth: Int) throws(EvaluationError) {
        precondition(scores.count == roles.count, "\(scores.count) scores, \(roles.count) roles")
        var best: [Float] = []
        var counts = (targets: 0, candidates: 0)
        for (item, score) in scores.enumerated() where roles[item] != .input {
            guard score.isFinite else { throw .notFinite(item: ItemIndex(item)) }
            counts.candidates += 1
            guard roles[item] == .target else { continue }
            counts.targets += 1
            best.append(score)
        }
        best.sort(by: >)
        best.removeLast(max(0, best.count - depth))
        targetCount = counts.targets
        candidateCount = counts.candidates
        ranks = Self.ranks(of: best, among: scores, roles: roles, depth: depth)
    }

    private static func ranks(
        of best: [Float], among scores: ArraySlice<Float>, roles: [ItemRole], depth: Int
    ) -> [Int] {
        guard let worst = best.last else { return [] }
        var beatenFirst = [Int](repeating: 0, count: best.count)
        for (item, score) in scores.enumerated() where score >= worst && roles[item] == .candidate {
            beatenFirst[firstIndex(in: best, notAbove: score)] += 1
        }
        var ranks: [Int] = []
        var ahead = 0
        for (targetsAhead, count) in beatenFirst.enumerated() {
            ahead += count
            guard ahead + targetsAhead < depth else { break }
            ranks.append(ahead + targetsAhead)
        }
        return ranks
    }

    /// Binary search in descending scores, the last of which is not above `score`.
    private static func firstIndex(in best: [Float], notAbove score: Float) -> Int {
        var low = 0
        var high = best.count - 1
        while low < high {
            let middle = (low + high) / 2
            if best[middle] <= score { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

/// What an item is to one user of an evaluation.
package enum ItemRole: UInt8, Sendable {
    case candidate, target
    /// In the input history, or no candidate, so left out of the ranking.
    case input
}
