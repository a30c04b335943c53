import NeuralNetwork
import Support

/// A checkpoint of a combining family names the version of each of its components in its metadata,
/// `component.vae = 7`; their weights stay where they are.
extension ModelCheckpoint {
    private static let componentPrefix = "component."

    /// Adds to the origin which versions a model is made of.
    package static func origin(
        _ origin: [String: String], components: [String: Int]
    ) -> [String: String] {
        var all = origin
        for (name, version) in components { all[componentPrefix + name] = "\(version)" }
        return all
    }

    /// The version of each model that this one is made of; empty for those that stand alone.
    ///
    /// - Throws: `Invalid` where one is no number.
    package func components() throws -> [String: Int] {
        var components: [String: Int] = [:]
        for (key, value) in origin where key.hasPrefix(Self.componentPrefix) {
            guard let version = Int(value) else { throw Invalid.metadata(key) }
            components[String(key.dropFirst(Self.componentPrefix.count))] = version
        }
        return components
    }

    /// The model itself, of a combining family.
    ///
    /// - Parameter components: Each with the ids of its rows.
    package func recommender(
        of family: CombiningFamily,
        components: [String: (recommender: any Recommender, items: [ItemID])]
    ) throws -> any CombiningRecommender {
        try family.load(
            items.count, Safetensors(entries: parameters), settings,
            components.mapValues { component in
                ModelComponent(
                    component.recommender, ItemRenumbering(of: items, in: component.items))
            })
    }
}
