import Evaluation

extension EvaluationRun {
    /// What the protocol's references score on a part, and what chance does where each case names
    /// its candidates and has one target.
    func references(on split: ProtocolData.Split) throws -> [String: [MetricKey: Double]] {
        let cases = data.cases(of: split)
        let evaluator = evaluator(metrics: chosen.metrics)
        var measured = try data.referenceScores.mapValues { scores in
            try evaluator.evaluate(cases) { batch in
                Array(repeatElement(scores, count: batch.count).joined())
            }.means
        }
        let counts = cases.compactMap(\.candidates?.count)
        if !counts.isEmpty && counts.count == cases.count {
            for key in chosen.metrics where key.kind == .recall {
                let sum = counts.reduce(0) { $0 + min(1, Double(key.k) / Double($1)) }
                measured["chance", default: [:]][key] = sum / Double(counts.count)
            }
        }
        return measured
    }
}
