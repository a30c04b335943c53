import Events
import NeuralNetwork
import Support

/// A trained model: immutable, shared by all requests and threads.
///
/// It holds no weights of any one user: the history is its whole input, so that a new user and a
/// new event count at once.
package protocol Recommender: Sendable {
    var itemCount: Int { get }

    /// Whether there is anything in the history that the model can use; if not, the service
    /// falls back.
    func canAnswer(_ history: History) -> Bool

    /// Scores of the whole catalogue, higher is better. The items of the history have scores too:
    /// removing them is the ranker's business.
    ///
    /// A history alone gets the scores that it gets in a batch, within rounding.
    ///
    /// - Returns: `[histories.count × itemCount]`, row-major, finite.
    /// - Precondition: every item of the histories is in `0..<itemCount`.
    func scores(for histories: [History]) -> [Float]

    /// The weights, to be written as safetensors.
    func parameters() -> [Safetensors.Entry]

    /// The hyper-parameters, as `ModelFamily.load` needs them.
    var settings: ModelSettings { get }
}

extension Recommender {
    /// How large its weights are in a checkpoint.
    package var weightBytes: Int { Safetensors(entries: parameters()).encoded().count }
}

extension History {
    /// What the models without order or time read: the distinct items with positive strength, in
    /// the order of their indices.
    package var positiveItems: [Int32] {
        interactions.positiveItems
    }
}

extension Sequence where Element == Interaction<ItemIndex> {
    /// The distinct items with positive strength, in the order of their indices.
    var positiveItems: [Int32] {
        Set(lazy.filter { $0.strength > 0 }.map(\.item.rawValue)).sorted()
    }
}
