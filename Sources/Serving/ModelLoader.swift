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
        /// A version that this one is made of can't be read any more.
        case component(model: String, version: Int, reason: String)

        package var description: String {
            switch self {
            case .unknownFamily(let name):
                "this program has no model family named \(name)"
            case .damaged(let model, let version, let reason):
                "checkpoint \(model) version \(version) is damaged: \(reason)"
            case .scoresDiffer(let model, let version, let largest):
                "checkpoint \(model) version \(version) doesn't reproduce its stored scores "
                    + "(largest difference \(largest))"
            case .component(let model, let version, let reason):
                "checkpoint \(model) version \(version) is made of another one: \(reason)"
            }
        }
    }

    /// Items that are read in one transaction; each may bring a long embedding.
    private static let rangeLimit = 1000

    private let reader: StoreReader
    private let items: ItemDirectory
    private let slots: ModelSlots
    private let family: @Sendable (String) -> ModelFamily?

    /// - Parameters:
    ///   - slots: The models in service: a version that another is made of isn't loaded again where
    ///     it serves already.
    ///   - family: By its name; nil for one that there isn't.
    package init(
        reader: StoreReader, items: ItemDirectory, slots: ModelSlots,
        family: @escaping @Sendable (String) -> ModelFamily? = { ModelRegistry.family(named: $0) }
    ) {
        self.reader = reader
        self.items = items
        self.slots = slots
        self.family = family
    }

    /// Whether the model is made of others: these come first.
    package static func combines(_ model: String) -> Bool {
        ModelRegistry.combiningFamily(named: model) != nil
    }

    /// Reads and verifies a version: the store compares the checksum, the family the shapes, and
    /// here the stored sample scores are computed again. Then it gets what the catalogue has and
    /// its training had not, where it knows items by their contents.
    ///
    /// - Throws: `Refusal`, or the store's error.
    package func load(model: String, version: Int) async throws -> ServedModel {
        let checkpoint = try await checkpoint(model: model, version: version)
        let components = try await components(of: checkpoint, model: model, version: version)
        let recommender = try recommender(
            checkpoint, model: model, version: version, components: components)
        let difference = checkpoint.samples.largestDifference(from: recommender)
        guard difference <= SampleScores.tolerance else {
            throw Refusal.scoresDiffer(model: model, version: version, largest: difference)
        }
        return try await withNewItems(
            ServedModel(
                name: model, version: version, recommender: recommender,
                items: items.keys(of: checkpoint.items),
                metrics: try await metrics(model: model, version: version)))
    }

    private func metrics(model: String, version: Int) async throws -> [String: Double] {
        guard let info = try await reader.checkpoint(model: model, version: version) else {
            return [:]
        }
        return try JSONValue.object(from: info.metrics).compactMapValues { value in
            switch value {
            case .number(let number): number
            case .integer(let number): Double(number)
            default: nil
            }
        }
    }

    private func checkpoint(model: String, version: Int) async throws -> ModelCheckpoint {
        guard family(model) != nil || Self.combines(model) else {
            throw Refusal.unknownFamily(model)
        }
        let bytes = try await bytes(model: model, version: version)
        do {
            return try ModelCheckpoint(decoding: bytes)
        } catch {
            throw Refusal.damaged(model: model, version: version, reason: "\(error)")
        }
    }

    private typealias Components = [String: (recommender: any Recommender, items: [ItemID])]

    /// The versions that a checkpoint names; none for a model that stands alone.
    private func components(
        of checkpoint: ModelCheckpoint, model: String, version: Int
    ) async throws -> Components {
        var components: Components = [:]
        do {
            for (name, number) in try checkpoint.components() {
                let part = try await self.checkpoint(model: name, version: number)
                components[name] = (
                    try inService(name, version: number)
                        ?? recommender(part, model: name, version: number, components: [:]),
                    part.items
                )
            }
        } catch let error as Refusal {
            throw Refusal.component(model: model, version: version, reason: "\(error)")
        } catch let error as StoreRefusal {
            throw Refusal.component(model: model, version: version, reason: "\(error)")
        } catch let error as ModelCheckpoint.Invalid {
            throw Refusal.damaged(model: model, version: version, reason: "\(error)")
        }
        return components
    }

    private func inService(_ model: String, version: Int) -> (any Recommender)? {
        slots.current(model).flatMap { $0.version == version ? $0.trained : nil }
    }

    private func recommender(
        _ checkpoint: ModelCheckpoint, model: String, version: Int, components: Components
    ) throws -> any Recommender {
        do {
            if let family = family(model) {
                return try checkpoint.recommender(of: family)
            }
            guard let family = ModelRegistry.combiningFamily(named: model) else {
                throw Refusal.unknownFamily(model)
            }
            return try checkpoint.recommender(of: family, components: components)
        } catch let refusal as Refusal {
            throw refusal
        } catch {
            throw Refusal.damaged(model: model, version: version, reason: "\(error)")
        }
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
