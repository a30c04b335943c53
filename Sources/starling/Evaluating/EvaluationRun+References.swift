import Evaluation
import Foundation

extension EvaluationRun {
    /// What there is to say of a part: the split's own notes, what the protocol's references score,
    /// and what chance does where each case names its candidates and has one target.
    func notes(on split: ProtocolData.Split) throws -> [String] {
        let cases = data.cases(of: split)
        let key = chosen.decisive
        let evaluator = evaluator(metrics: [key])
        var notes = try data.referenceScores.sorted { $0.key < $1.key }.map { name, scores in
            let means = try evaluator.evaluate(cases) { batch in
                Array(repeatElement(scores, count: batch.count).joined())
            }.means
            return Self.note(name, key, means[key] ?? 0)
        }
        let counts = cases.compactMap(\.candidates?.count)
        if !counts.isEmpty && counts.count == cases.count && key.kind == .recall {
            let sum = counts.reduce(0) { $0 + min(1, Double(key.k) / Double($1)) }
            notes.append(Self.note("chance", key, sum / Double(counts.count)))
        }
        return data.notes + notes
    }

    private static func note(_ name: String, _ key: MetricKey, _ value: Double) -> String {
        "\(name): \(key) \(String(format: "%.4f", value))"
    }
}
