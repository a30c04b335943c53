/// A measure at a cut-off, written `ndcg@10`.
package struct MetricKey: Hashable, Sendable, CustomStringConvertible {
    /// What is measured; the raw value is the name before the `@`.
    package enum Kind: String, CaseIterable, Sendable {
        case ndcg
        case hitRate = "hr"
        case recall, precision, f1, mrr, map, accuracy
        // Of all lists together, not of one user:
        case coverage, gini, popularity, novelty, diversity
    }

    package var kind: Kind
    /// How many places of the ranking count; at least 1.
    package var k: Int

    package init(_ kind: Kind, at k: Int) {
        precondition(k > 0, "a metric at \(k) looks at nothing")
        self.kind = kind
        self.k = k
    }

    /// Reads `ndcg@10`. Nil for an unknown measure, or a cut-off below 1.
    package init?(parsing text: String) {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, let kind = Kind(rawValue: String(parts[0])),
            parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let k = Int(parts[1]), k > 0
        else { return nil }
        self.init(kind, at: k)
    }

    /// Every measure at one cut-off, accuracy first.
    package static func all(at k: Int) -> [MetricKey] {
        Kind.allCases.map { MetricKey($0, at: k) }
    }

    package var description: String { "\(kind.rawValue)@\(k)" }

    /// Whether each user has a value. The others exist only for all lists together.
    package var isPerUser: Bool {
        switch kind {
        case .ndcg, .hitRate, .recall, .precision, .f1, .mrr, .map, .accuracy: true
        case .coverage, .gini, .popularity, .novelty, .diversity: false
        }
    }
}
