import ArgumentParser
import Evaluation
import Events
import Recommenders
import Serving

/// The flag that says what `auto` chooses among and `blend` is made of.
struct EnsembleArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "What auto chooses among and blend is made of, joined by commas; each is trained. "
                + "(default: \(Settings.defaultModels.joined(separator: ",")))",
            valueName: "models"))
    var candidates: String?

    /// The models to fit for the one that is measured, in their order; a combination not of itself.
    ///
    /// - Returns: Nil for a model that stands alone.
    /// - Throws: `ValidationError` for an unknown name, or where there is nothing to choose from.
    func names(for arguments: ModelArguments) throws -> [String]? {
        let model = arguments.model
        guard arguments.isEnsemble else {
            guard candidates == nil else {
                throw ValidationError("--candidates is for auto and blend, and \(model) is neither")
            }
            return nil
        }
        let given = candidates?.split(separator: ",").map(String.init) ?? Settings.defaultModels
        var names: [String] = []
        for name in given where !names.contains(name) {
            guard ModelRegistry.names.contains(name) else {
                throw ValidationError("--candidates: there is no model named \(name)")
            }
            let combines = ModelRegistry.combiningFamily(named: name) != nil
            if combines, model != ModelChoice.name { continue }
            names.append(name)
        }
        guard names.count > 1 else {
            throw ValidationError("--candidates must name at least two models to make \(model) of")
        }
        return names
    }
}

extension EnsembleRun {
    /// Fits the candidates, makes the model of them and measures all on the same users.
    func report(of model: String, candidates names: [String]) throws -> EvaluationReport {
        let members = try members(names)
        let reports = try members.map { try measure($0.name, $0.final, $0.cost) }
        let trained = members.map(\.cost.trainSeconds).reduce(0, +)
        var ensemble: Measured
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
            candidates: reports, values: ensemble.values, choices: choices, weights: weights,
            seed: seed)
        return ensemble.report
    }

    private typealias Measured = (report: EvaluationReport, values: [Double])

    private func measure(
        _ name: String, _ recommender: any Recommender, _ cost: EvaluationReport.Cost
    ) throws -> Measured {
        let result = try run.measure(recommender, on: split)
        let report = EvaluationReport(
            protocol: run.chosen.name, model: name, seed: seed, split: split.rawValue,
            decisive: run.chosen.decisive, result: result, cost: cost, notes: run.data.notes)
        return (report, result.values(of: run.chosen.decisive))
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
