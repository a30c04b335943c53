import Logging
import Recommenders
import Store
import Support

/// Makes a model that can serve of a stored checkpoint: reads it and verifies it.
package struct ModelLoader: Sendable {
    /// Why a checkpoint isn't served.
    package enum Refusal: Error, CustomStringConvertible {
        case unknownFamily(String)
        case damaged(model: String, version: Int, reason: String)
        case scoresDiffer(model: String, version: Int, largest: Double)

        package var description: String {
            switch self {
            case .unknownFamily(let name):
                "this program has no model family named \(name)"
            case .damaged(let model, let version, let reason):
                "checkpoint \(model) version \(version) is damaged: \(reason)"
            case .scoresDiffer(let model, let version, let largest):
                "checkpoint \(model) version \(version) doesn't reproduce its stored scores "
                    + "(largest difference \(largest))"
            }
        }
    }

    /// Items that are read in one transaction; each may bring a long embedding.
    private static let rangeLimit = 1000

    private let reader: StoreReader
    private let items: ItemDirectory
    private let family: @Sendable (String) -> ModelFamily?

    /// - Parameter family: By its name; nil for one that there isn't.
    package init(
        reader: StoreReader, items: ItemDirectory,
        family: @escaping @Sendable (String) -> ModelFamily? = { ModelRegistry.family(named: $0) }
    ) {
        self.reader = reader
        self.items = items
        self.family = family
    }

    /// Reads and verifies a version: the store compares the checksum, the family the shapes, and
    /// here the stored sample scores are computed again. Then it gets what the catalogue has and
    /// its training had not, where it knows items by their contents.
    ///
    /// - Throws: `Refusal`, or the store's error.
    package func load(model: String, version: Int) async throws -> ServedModel {
        guard let family = family(model) else {
            throw Refusal.unknownFamily(model)
        }
        let bytes = try await bytes(model: model, version: version)
        let checkpoint: ModelCheckpoint
        let recommender: any Recommender
        do {
            checkpoint = try ModelCheckpoint(decoding: bytes)
            recommender = try checkpoint.recommender(of: family)
        } catch {
            throw Refusal.damaged(model: model, version: version, reason: "\(error)")
        }
        let difference = checkpoint.samples.largestDifference(from: recommender)
        guard difference <= SampleScores.tolerance else {
            throw Refusal.scoresDiffer(model: model, version: version, largest: difference)
        }
        return try await withNewItems(
            ServedModel(
                name: model, version: version, recommender: recommender,
                items: items.keys(of: checkpoint.items)))
    }

    private func withNewItems(_ model: ServedModel) async throws -> ServedModel {
        guard model.recommender is any ContentRecommender else { return model }
        var new: [StoredContent] = []
        var last: ItemKey?
        while true {
            let range = try await reader.itemContents(after: last, limit: Self.rangeLimit)
            new += range.filter { model.row(of: $0.key) == nil && !$0.content.isEmpty }
            guard let end = range.last else { return model.adding(new) }
            last = end.key
        }
    }

    private func bytes(model: String, version: Int) async throws -> [UInt8] {
        do {
            return try await reader.loadCheckpoint(model: model, version: version)
        } catch let error as StoreError where error.code == .damagedCheckpoint {
            throw Refusal.damaged(
                model: model, version: version, reason: "its bytes are not the stored ones")
        }
    }
}
