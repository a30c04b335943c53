import Evaluation
import NeuralNetwork
import Recommenders
import Serving
import Support
import Training

/// `auto` and `blend` on a protocol: their candidates are fitted each as it would be alone; then
/// validation says which is taken for whom, or with what weight.
struct EnsembleRun {
    let run: EvaluationRun
    let split: ProtocolData.Split
    let seed: UInt64
    /// What is set over the defaults, by model.
    let settings: [String: ModelSettings]

    /// One candidate, or what was made of them.
    struct Member {
        var name: String
        /// What validation measured.
        var validated: any Recommender
        /// What the chosen split is measured with.
        var final: any Recommender
        /// Of `validated`, on the validation users.
        var validation: EvaluationResult
        var cost: EvaluationReport.Cost
    }

    /// Fits the candidates in the given order, combinations last.
    func members(_ names: [String]) throws -> [Member] {
        var members = try names.compactMap { name in
            try ModelRegistry.family(named: name).map(fit)
        }
        let alone = members
        for family in names.compactMap(ModelRegistry.combiningFamily(named:)) {
            members.append(try combine(family, alone))
        }
        return members
    }

    private func fit(_ family: ModelFamily) throws -> Member {
        let fitted = try run.fit(
            family, settings: settings[family.name] ?? [:], seed: seed, for: split)
        return Member(
            name: family.name, validated: fitted.validated, final: fitted.final,
            validation: try run.measure(fitted.validated, on: .validation),
            cost: fitted.cost)
    }

    /// The weights are those that validation chose, also where every part was fitted once more.
    ///
    /// - Parameter members: Each takes part, whatever weight its defaults give it.
    func combine(_ family: CombiningFamily, _ members: [Member]) throws -> Member {
        let start = ContinuousClock.now
        var settings = settings[family.name] ?? [:]
        for member in members where settings[member.name] == nil { settings[member.name] = 1 }
        let itemCount = run.data.training.itemCount
        let validated = try family.combine(
            components(members, \.validated),
            CombiningOptions(
                itemCount: itemCount, validation: run.data.validation, metric: run.chosen.stopping,
                workers: run.workers, settings: settings))
        let final = try family.load(
            itemCount, Safetensors(entries: validated.parameters()), validated.settings,
            components(members, \.final))
        return Member(
            name: family.name, validated: validated, final: final,
            validation: try run.measure(validated, on: .validation),
            cost: Self.cost((ContinuousClock.now - start).inSeconds))
    }

    /// Of something that has no epochs.
    static func cost(_ trainSeconds: Double) -> EvaluationReport.Cost {
        EvaluationReport.Cost(
            trainSeconds: trainSeconds, epochs: 1, secondsPerEpoch: trainSeconds,
            peakMemoryBytes: ProcessMemory.peakBytes)
    }

    private func components(
        _ members: [Member], _ model: KeyPath<Member, any Recommender>
    ) -> [String: ModelComponent] {
        Dictionary(
            uniqueKeysWithValues: members.map { ($0.name, ModelComponent($0[keyPath: model])) })
    }

    /// What the service would choose, had it these models.
    func choice(of members: [Member]) -> ModelChoice {
        ModelChoice(
            among: members.map { member in
                ServedModel(
                    name: member.name, version: 1, recommender: member.final,
                    items: (0..<member.final.itemCount).map { ItemKey(Int32($0)) },
                    metrics: metrics(member.validation))
            },
            metric: run.chosen.decisive.description)
    }

    /// As a checkpoint has them.
    private func metrics(_ validation: EvaluationResult) -> [String: Double] {
        let decisive = run.chosen.decisive
        var metrics = [ValidationMetrics.key(decisive): validation.mean(of: decisive) ?? 0]
        for segment in validation.byHistoryLength {
            metrics[ValidationMetrics.key(decisive, of: segment.name)] = segment.mean(of: decisive)
            metrics[ValidationMetrics.usersKey(of: segment.name)] = Double(segment.userCount)
        }
        return metrics
    }
}
