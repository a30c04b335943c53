import Recommenders
import Store

/// The version of a model that is in service: what a candidate is measured against, and what a
/// warm start goes on from.
struct Incumbent {
    var version: Int
    var checkpoint: ModelCheckpoint
    /// What it is made of, where it is of a combining family.
    var components: [String: StoredModels.Model] = [:]

    /// - Returns: Nil where this program has no such family.
    func recommender(
        of family: (String) -> ModelFamily?
    ) throws -> (any Recommender)? {
        if let family = family(checkpoint.family) {
            return try checkpoint.recommender(of: family)
        }
        return try ModelRegistry.combiningFamily(named: checkpoint.family).map {
            try checkpoint.recommender(of: $0, components: components)
        }
    }

    /// - Returns: Nil where the version is damaged: the candidate is compared with popularity then,
    ///   and the model gets well.
    static func read(model: String, version: Int, from reader: StoreReader) throws -> Incumbent? {
        do {
            let bytes = try reader.loadCheckpoint(model: model, version: version)
            return Incumbent(version: version, checkpoint: try ModelCheckpoint(decoding: bytes))
        } catch let error as StoreError where error.code == .damagedCheckpoint {
            return nil
        }
    }
}

/// Where the weights of a training come from.
enum TrainingStart: Equatable, CustomStringConvertible {
    case version(Int)
    /// - Parameter reason: Why, although a warm start was asked for; nil where it wasn't.
    case fresh(reason: String?)

    /// As a checkpoint's metadata hold it.
    var origin: String {
        switch self {
        case .version(let version): "version \(version)"
        case .fresh: "fresh"
        }
    }

    /// As a job's result says it.
    var description: String {
        if case .fresh(let reason?) = self { "\(origin): \(reason)" } else { origin }
    }
}
