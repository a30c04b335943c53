import Foundation

/// What recall divides the hits by.
package enum RecallDenominator: Sendable {
    /// min(k, targets), so that a perfect list scores 1. Protocol H.
    case reachable
    /// All targets of the user. Protocol G.
    case allTargets
}

extension TargetRanks {
    /// Targets among the first k.
    package func hits(at k: Int) -> Int {
        ranks.prefix { $0 < k }.count
    }

    /// 1 if any target is among the first k.
    package func hitRate(at k: Int) -> Double {
        hits(at: k) > 0 ? 1 : 0
    }

    /// hits / min(k, targets), or hits / targets.
    package func recall(at k: Int, denominator: RecallDenominator = .reachable) -> Double {
        let denominator = denominator == .reachable ? min(k, targetCount) : targetCount
        return denominator == 0 ? 0 : Double(hits(at: k)) / Double(denominator)
    }

    /// hits / k, also where the catalogue is smaller than k.
    package func precision(at k: Int) -> Double {
        Double(hits(at: k)) / Double(k)
    }

    /// The harmonic mean of precision and recall.
    package func f1(at k: Int, denominator: RecallDenominator = .reachable) -> Double {
        let precision = precision(at: k)
        let recall = recall(at: k, denominator: denominator)
        return precision + recall == 0 ? 0 : 2 * precision * recall / (precision + recall)
    }

    /// The share of ranked items on the right side of the cut: targets within the first k, all
    /// others beyond. Near 1 for any model on a large catalogue; here because people ask for it.
    package func accuracy(at k: Int) -> Double {
        guard candidateCount > 0 else { return 0 }
        let falsePositives = min(k, candidateCount) - hits(at: k)
        let falseNegatives = targetCount - hits(at: k)
        return 1 - Double(falsePositives + falseNegatives) / Double(candidateCount)
    }

    /// Normalised discounted cumulative gain with binary gains.
    ///
    ///     Σ over hits 1 / log₂(rank + 2)  ÷  Σ over j < min(k, targets) 1 / log₂(j + 2)
    ///
    /// Reference: Järvelin & Kekäläinen, ACM TOIS 20(4), 2002, doi:10.1145/582415.582418.
    package func ndcg(at k: Int) -> Double {
        let ideal = Self.gain(of: 0..<min(k, targetCount))
        return ideal == 0 ? 0 : Self.gain(of: ranks.prefix { $0 < k }) / ideal
    }

    /// 1 / (1 + rank of the first target), 0 if that is not among the first k.
    package func mrr(at k: Int) -> Double {
        guard let first = ranks.first, first < k else { return 0 }
        return 1 / Double(first + 1)
    }

    /// Average precision: the precision at each hit, summed, over min(k, targets).
    package func map(at k: Int) -> Double {
        guard targetCount > 0 else { return 0 }
        let sum = ranks.prefix { $0 < k }.enumerated()
            .reduce(0) { $0 + Double($1.offset + 1) / Double($1.element + 1) }
        return sum / Double(min(k, targetCount))
    }

    private static func gain(of ranks: some Sequence<Int>) -> Double {
        ranks.reduce(0) { $0 + 1 / log2(Double($1 + 2)) }
    }
}

extension TargetRanks {
    /// The user's value of a metric.
    ///
    /// - Precondition: `key.isPerUser`, and the ranks were kept to a depth of at least `key.k`.
    package func value(of key: MetricKey, recall denominator: RecallDenominator) -> Double {
        switch key.kind {
        case .hitRate: hitRate(at: key.k)
        case .recall: recall(at: key.k, denominator: denominator)
        case .precision: precision(at: key.k)
        case .f1: f1(at: key.k, denominator: denominator)
        case .accuracy: accuracy(at: key.k)
        case .ndcg: ndcg(at: key.k)
        case .mrr: mrr(at: key.k)
        case .map: map(at: key.k)
        case .coverage, .gini, .popularity, .novelty, .diversity:
            preconditionFailure("\(key) is no metric of one user")
        }
    }
}
