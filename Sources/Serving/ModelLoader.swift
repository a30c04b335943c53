import Logging
import Recommenders
import Store
import Support

/// Brings a stored checkpoint into service: reads and verifies it, then swaps it in.
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

    private let reader: StoreReader
    private let items: ItemDirectory
    private let slots: ModelSlots

    package init(reader: StoreReader, items: ItemDirectory, slots: ModelSlots) {
        self.reader = reader
        self.items = items
        self.slots = slots
    }

    /// Loads the version and swaps it in.
    ///
    /// - Throws: `Refusal`, or the store's error.
    package func activate(model: String, version: Int) async throws {
        slots.swap(in: try await load(model: model, version: version))
    }

    /// Reads and verifies a version: the store compares the checksum, the family the shapes, and
    /// here the stored sample scores are computed again.
    package func load(model: String, version: Int) async throws -> ServedModel {
        guard let family = ModelRegistry.family(named: model) else {
            throw Refusal.unknownFamily(model)
        }
        let bytes = try await reader.loadCheckpoint(model: model, version: version)
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
        return ServedModel(
            name: model, version: version, recommender: recommender,
            items: items.keys(of: checkpoint.items))
    }
}
