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

extension Store {
    /// Stores the bytes as the model's next version, ready.
    package func putCheckpoint(_ bytes: [UInt8], model: String) async throws -> CheckpointInfo {
        let info = try await beginCheckpoint(model: model, watermark: .zero)
        try await appendCheckpointPart(info.id, bytes)
        return try await finishCheckpoint(
            info.id, checksum: CheckpointChecksum.sha256(of: bytes), byteCount: bytes.count)
    }
}
