import Events
import Foundation
import NeuralNetwork
import Support

/// A trained model as it is stored and exchanged: one safetensors file.
///
/// Beside the family's own tensors it holds `items` (the ids of the rows, joined by newlines: ids
/// have no control characters) and `sample.*` (a few histories with their scores). Settings and
/// origin stand in the metadata.
package struct ModelCheckpoint: Sendable {
    /// Why a safetensors file is no checkpoint of ours.
    package enum Invalid: Error, CustomStringConvertible {
        case metadata(String)
        case itemCount(found: Int, expected: Int)
        case items(String)

        package var description: String {
            switch self {
            case .metadata(let key): "metadata \(key) is missing or no number"
            case .itemCount(let found, let expected): "\(found) item ids for \(expected) rows"
            case .items(let reason): "the item ids are unreadable: \(reason)"
            }
        }
    }

    private static let settingPrefix = "setting."
    private static let reserved = [
        "items", "sample.offsets", "sample.items", SampleScores.agesName, "sample.scores",
    ]

    package var family: String
    package var items: [ItemID]
    package var settings: ModelSettings
    package var parameters: [Safetensors.Entry]
    package var samples: SampleScores
    /// Where it came from: watermark, seed, users trained on, …
    package var origin: [String: String]

    package init(
        family: String, items: [ItemID], recommender: any Recommender, samples: SampleScores,
        origin: [String: String]
    ) {
        precondition(
            items.count == recommender.itemCount,
            "\(items.count) item ids for a model of \(recommender.itemCount)")
        self.family = family
        self.items = items
        self.settings = recommender.settings
        self.parameters = recommender.parameters()
        self.samples = samples
        self.origin = origin
    }

    /// - Throws: `SafetensorsError` or `Invalid` for anything that isn't such a file.
    package init(decoding bytes: [UInt8]) throws {
        let file = try Safetensors(decoding: bytes)
        guard let family = file.metadata["family"] else { throw Invalid.metadata("family") }
        self.family = family
        let names = try file.entry("items").bytes
        guard let text = String(validating: names, as: UTF8.self) else {
            throw Invalid.items("not UTF-8")
        }
        items = try text.split(separator: "\n", omittingEmptySubsequences: true).map { line in
            guard let id = ItemID(String(line)) else {
                throw Invalid.items("an id breaks the rule")
            }
            return id
        }
        settings = [:]
        origin = [:]
        for (key, value) in file.metadata where key != "family" {
            if key.hasPrefix(Self.settingPrefix) {
                guard let number = Double(value) else { throw Invalid.metadata(key) }
                settings[String(key.dropFirst(Self.settingPrefix.count))] = number
            } else {
                origin[key] = value
            }
        }
        parameters = file.entries.filter { !Self.reserved.contains($0.name) }
        samples = try SampleScores(file, itemCount: items.count)
    }

    /// The bytes of the safetensors file.
    package func encoded() -> [UInt8] {
        var metadata = origin
        metadata["family"] = family
        for (key, value) in settings { metadata[Self.settingPrefix + key] = "\(value)" }
        let names = Array(items.map(\.rawValue).joined(separator: "\n").utf8)
        let identifiers = Safetensors.Entry(
            name: "items", dtype: .u8, shape: [names.count], bytes: names)
        return Safetensors(
            entries: parameters + [identifiers] + samples.entries, metadata: metadata
        ).encoded()
    }

    /// The model itself. The family checks every shape against the items and settings.
    package func recommender(of family: ModelFamily) throws -> any Recommender {
        try family.load(items.count, Safetensors(entries: parameters), settings)
    }
}
