import Evaluation
import NeuralNetwork
import Recommenders
import Store
import Support
import TrainerPipe

/// A model that is made of others: nothing is trained but the weights of the versions in service.
extension TrainingRun {
    /// The models in service that it may be made of.
    func components(of family: CombiningFamily) throws -> [String] {
        try family.candidates(request.settings[family.name] ?? [:])
            .filter { request.incumbents[$0] != nil }
    }

    /// - Throws: `ModelError` where there is too little to combine.
    func combine(_ family: CombiningFamily, log: TrainingLog, cohorts: Cohorts) throws {
        let settings = request.settings[family.name] ?? [:]
        let stored = StoredModels(reader: reader)
        let data = FamilyData(
            readsContent: log.catalogue != nil, log: log, training: cohorts.training)
        var components: [String: ModelComponent] = [:]
        for name in try self.components(of: family) {
            guard let version = request.incumbents[name],
                let model = try stored.model(name, version: version)
            else { continue }
            components[name] = ModelComponent(
                model.recommender, ItemRenumbering(of: data.items, in: model.items))
        }
        let combined = try family.combine(
            components,
            CombiningOptions(
                itemCount: data.items.count, validation: cohorts.validation,
                metric: ValidationMetrics.stopping, workers: request.workers, settings: settings))
        let metrics = try evaluator(itemCount: data.items.count)
            .means(of: combined, on: cohorts.validation)
        let result = Fit.Result(recommender: combined, epoch: 1, epochsRun: 1, metrics: metrics)
        try report(
            family.name, Fit.Epoch(number: 1, loss: nil, seconds: 0, metrics: metrics), of: 1)
        let incumbent = try request.incumbents[family.name].flatMap { version in
            try stored.combination(family.name, version: version)
        }
        let versions = request.incumbents.filter { combined.componentNames.contains($0.key) }
        try finish(
            result, of: family.name,
            from: .fresh(reason: request.isWarm ? "\(family.name) weighs anew each time" : nil),
            components: versions, against: incumbent, log: log, data: data, cohorts: cohorts)
    }
}
