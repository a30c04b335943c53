import Evaluation

extension ProtocolData {
    /// What the references score on a part, and what chance does where each case names its
    /// candidates and has one target.
    func references(
        of split: Split, by evaluator: Evaluator, metrics: [MetricKey]
    ) throws -> [String: [MetricKey: Double]] {
        let cases = cases(of: split)
        var measured = try referenceScores.mapValues { scores in
            try evaluator.evaluate(cases) { batch in
                Array(repeatElement(scores, count: batch.count).joined())
            }.means
        }
        let counts = cases.compactMap(\.candidates?.count)
        if !counts.isEmpty && counts.count == cases.count {
            for key in metrics where key.kind == .recall {
                let sum = counts.reduce(0) { $0 + min(1, Double(key.k) / Double($1)) }
                measured["chance", default: [:]][key] = sum / Double(counts.count)
            }
        }
        return measured
    }
}
