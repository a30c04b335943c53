import Evaluation
import Events
import Recommenders
import Store
import Support

/// Checkpoints of the family `popularity`: small, and their scores are known.
package enum TestCheckpoint {
    package static let model = "popularity"

    /// A model whose score of row `i` is `counts[i]`.
    package static func popularity(_ counts: [Int]) throws -> any Recommender {
        var histories: [[Interaction<ItemIndex>]] = []
        for (row, count) in counts.enumerated() {
            let interaction = Interaction(item: ItemIndex(row), time: TemporaryStore.start)
            histories += repeatElement([interaction], count: count)
        }
        let learner = try PopularityModel.family.makeLearner(
            TrainingSet(itemCount: counts.count, histories: histories),
            LearnerOptions(seed: 1, workers: 1, settings: [:]))
        return learner.recommender()
    }

    /// - Parameter sampled: Whose scores are stored as samples; the model's own where nil.
    package static func make(
        items: [String], counts: [Int], sampled: [Int]? = nil
    ) throws -> ModelCheckpoint {
        let recommender = try popularity(counts)
        let samples = SampleScores(of: try popularity(sampled ?? counts), histories: [[]])
        return ModelCheckpoint(
            family: model, items: items.map { ItemID(stored: $0) }, recommender: recommender,
            samples: samples, origin: [:])
    }
}

extension TestCheckpoint {
    /// The model `ease` of users who each like two items that stand side by side.
    package static func ease(items: [String]) throws -> ModelCheckpoint {
        let histories = (1..<items.count).map { row in
            [row - 1, row].map {
                Interaction(item: ItemIndex($0), time: TemporaryStore.start)
            }
        }
        var learner = try EASE.family.makeLearner(
            TrainingSet(itemCount: items.count, histories: histories),
            LearnerOptions(seed: 1, workers: 1, settings: ["lambda": 1]))
        _ = try learner.runEpoch()
        return checkpoint(learner.recommender(), of: "ease", items: items)
    }

    /// A blend of stored versions, each with what it holds.
    package static func blend(
        items: [String], of parts: [String: (version: Int, checkpoint: ModelCheckpoint)]
    ) throws -> ModelCheckpoint {
        let ids = items.map { ItemID(stored: $0) }
        var components: [String: ModelComponent] = [:]
        for (name, part) in parts {
            guard let family = ModelRegistry.family(named: name) else { continue }
            components[name] = ModelComponent(
                try part.checkpoint.recommender(of: family),
                ItemRenumbering(of: ids, in: part.checkpoint.items))
        }
        let blend = try Blend.family.combine(
            components,
            CombiningOptions(
                itemCount: items.count, validation: [], metric: MetricKey(.ndcg, at: 10),
                workers: 1, settings: ["popularity": 1, "ease": 1]))
        return checkpoint(
            blend, of: "blend", items: items, components: parts.mapValues(\.version))
    }

    private static func checkpoint(
        _ recommender: any Recommender, of family: String, items: [String],
        components: [String: Int] = [:]
    ) -> ModelCheckpoint {
        ModelCheckpoint(
            family: family, items: items.map { ItemID(stored: $0) }, recommender: recommender,
            samples: SampleScores(of: recommender, histories: [[ItemIndex(0)], [ItemIndex(1)]]),
            origin: ModelCheckpoint.origin([:], components: components))
    }
}

extension Store {
    /// Stores the bytes as the model's next version, ready.
    package func putCheckpoint(
        _ bytes: [UInt8], model: String, components: [String: Int] = [:],
        metrics: String = "{}", watermark: EventSequence = .zero
    ) async throws -> CheckpointInfo {
        let info = try await beginCheckpoint(
            model: model, watermark: watermark, components: components)
        try await appendCheckpointPart(info.id, bytes)
        return try await finishCheckpoint(
            info.id, checksum: CheckpointChecksum.sha256(of: bytes), byteCount: bytes.count,
            metrics: metrics)
    }
}
