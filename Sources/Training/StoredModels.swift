import Recommenders
import Store
import Support

/// Models of the store as the trainer computes with them. What was read stays, so that a version
/// that several combinations rest on is in memory once.
final class StoredModels {
    typealias Model = (recommender: any Recommender, items: [ItemID])

    private struct Version: Hashable {
        var model: String
        var number: Int
    }

    private let reader: StoreReader
    private var models: [Version: Model] = [:]

    init(reader: StoreReader) {
        self.reader = reader
    }

    /// A version that stands alone.
    ///
    /// - Returns: Nil where it is gone or damaged, or where this program has no such family.
    func model(_ name: String, version: Int) throws -> Model? {
        let key = Version(model: name, number: version)
        if let model = models[key] { return model }
        guard let family = ModelRegistry.family(named: name),
            let checkpoint = try checkpoint(name, version: version)?.checkpoint
        else { return nil }
        let model = (try checkpoint.recommender(of: family), checkpoint.items)
        models[key] = model
        return model
    }

    /// A version that is made of others.
    ///
    /// - Returns: Nil where it is damaged, or one that it is made of is gone or damaged.
    func combination(_ name: String, version: Int) throws -> Incumbent? {
        guard var incumbent = try checkpoint(name, version: version) else { return nil }
        for (name, version) in try incumbent.checkpoint.components() {
            guard let component = try model(name, version: version) else { return nil }
            incumbent.components[name] = component
        }
        return incumbent
    }

    private func checkpoint(_ name: String, version: Int) throws -> Incumbent? {
        do {
            return try Incumbent.read(model: name, version: version, from: reader)
        } catch StoreRefusal.unknownCheckpoint {
            return nil
        }
    }
}
