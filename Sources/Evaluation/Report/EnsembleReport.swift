import Support

/// What an evaluation of `auto` or `blend` says beside its own figures: what it was made of, and
/// whether it was worth it.
package struct EnsembleReport: Codable, Sendable {
    /// Which model was taken for the histories of one class, and by what it did on validation.
    package struct Choice: Codable, Sendable, Equatable {
        package var historyLength: String
        package var model: String
        /// As a checkpoint names it: `validation.ndcg@10[1-9]`.
        package var metric: String
        package var value: Double

        package init(historyLength: String, model: String, metric: String, value: Double) {
            self.historyLength = historyLength
            self.model = model
            self.metric = metric
            self.value = value
        }
    }

    /// The decisive metric less that of another model, on the same users.
    package struct Difference: Codable, Sendable, Equatable {
        package var model: String
        package var difference: Double
        package var lower: Double
        package var upper: Double
    }

    /// Each candidate on the same users.
    package var candidates: [EvaluationReport]
    /// Of `auto`; empty for `blend`.
    package var choices: [Choice]
    /// Of `blend`; empty for `auto`.
    package var weights: [String: Double]
    /// Against the candidate that, alone, did best on these users: a harder test than any that can be
    /// made before the users are known.
    package var againstBest: Difference

    /// - Parameters:
    ///   - candidates: Each with the values of the decisive metric, one a case; at least one.
    ///   - values: The ensemble's, of the same cases.
    ///   - users: Whose each case is; empty where each is another user's.
    package init(
        candidates: [(report: EvaluationReport, values: [Double])], values: [Double],
        users: [Int] = [], choices: [Choice] = [], weights: [String: Double] = [:], seed: UInt64
    ) {
        precondition(!candidates.isEmpty, "an ensemble of nothing")
        self.candidates = candidates.map(\.report)
        self.choices = choices
        self.weights = weights
        let best = candidates.dropFirst().reduce(candidates[0]) { best, other in
            other.values.reduce(0, +) > best.values.reduce(0, +) ? other : best
        }
        let comparison = PairedComparison(
            candidate: values, incumbent: best.values, users: users, seed: seed)
        againstBest = Difference(
            model: best.report.model, difference: comparison.meanDifference,
            lower: comparison.lower, upper: comparison.upper)
    }

    /// Lines for a person.
    func lines(of model: String, decisive: String) -> [String] {
        let choices = choices.map { choice in
            [
                choice.historyLength, choice.model, choice.metric,
                EvaluationReport.text(choice.value),
            ]
        }
        let weights = weights.sorted { $0.value > $1.value }.map { name, weight in
            [name, EvaluationReport.text(weight)]
        }
        let difference = [againstBest.difference, againstBest.lower, againstBest.upper]
            .map { ($0 < 0 ? "-" : "+") + EvaluationReport.text(abs($0)) }
        return TextTable(
            rows: choices.isEmpty
                ? [] : [["items in history", "model", "chosen by", "value"]] + choices
        ).lines + TextTable(rows: weights.isEmpty ? [] : [["model", "weight"]] + weights).lines
            + [
                "\(decisive) of \(model) less \(againstBest.model), the best candidate on these users: "
                    + "\(difference[0]) (\(difference[1]) to \(difference[2]))"
            ]
    }
}
