import Evaluation
import Events
import Recommenders
import Serving

extension EnsembleRun {
    /// Fits the candidates, makes the model of them and measures all on the same users.
    func report(of model: String, candidates names: [String]) throws -> EvaluationReport {
        let decisive = run.chosen.decisive
        let members = try members(names)
        let reports = try members.map { try measure($0.name, $0.final, $0.cost) }
        let trained = members.map(\.cost.trainSeconds).reduce(0, +)
        var ensemble: (report: EvaluationReport, result: EvaluationResult)
        var choices: [EnsembleReport.Choice] = []
        var weights: [String: Double] = [:]
        if let family = ModelRegistry.combiningFamily(named: model) {
            let blend = try combine(family, members)
            weights = try blend.weights()
            ensemble = try measure(model, blend.final, Self.cost(trained + blend.cost.trainSeconds))
        } else {
            let choice = choice(of: members)
            choices = Self.choices(choice)
            let recommender = ChoosingRecommender(
                choice: choice, itemCount: run.data.training.itemCount)
            ensemble = try measure(model, recommender, Self.cost(trained))
        }
        ensemble.report.ensemble = EnsembleReport(
            candidates: reports.map { ($0.report, $0.result.values(of: decisive)) },
            values: ensemble.result.values(of: decisive), users: ensemble.result.users,
            choices: choices, weights: weights, seed: seed)
        if split == .validation {
            ensemble.report.notes.append(
                "in-sample: \(model) was made by what its candidates did on these very users")
        }
        return ensemble.report
    }

    private func measure(
        _ name: String, _ recommender: any Recommender, _ cost: EvaluationReport.Cost
    ) throws -> (report: EvaluationReport, result: EvaluationResult) {
        try run.report(of: name, recommender, cost: cost, seed: seed, on: split)
    }

    private static func choices(_ choice: ModelChoice) -> [EnsembleReport.Choice] {
        HistoryLength.allCases.compactMap { length in
            choice.best(for: length).flatMap { best in
                best.metric.map {
                    EnsembleReport.Choice(
                        historyLength: length.label, model: best.model.name, metric: $0,
                        value: best.value ?? 0)
                }
            }
        }
    }
}

extension EnsembleRun.Member {
    /// Of a combination: its own parameters by component.
    fileprivate func weights() throws -> [String: Double] {
        var weights: [String: Double] = [:]
        for entry in validated.parameters() {
            let name = entry.name.split(separator: ".", maxSplits: 1).last.map(String.init)
            weights[name ?? entry.name] = Double(try entry.floats().first ?? 0)
        }
        return weights
    }
}
