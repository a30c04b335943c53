import Events
import NeuralNetwork
import Recommenders
import Support
import Synchronization

/// A model that knows items by their first category alone: an item scores one for each liked item
/// of its category, and ten more where the user's attribute `favourite` names it.
package struct SameCategory: ContentRecommender, EncodingRecommender {
    package static let family = ModelFamily(
        name: "same-category", defaults: [:], readsContent: true,
        makeLearner: { data, _ in
            let contents =
                data.itemContents.isEmpty
                ? Array(repeating: .none, count: data.itemCount) : data.itemContents
            return SameCategoryLearner(model: SameCategory(contents))
        },
        load: { itemCount, weights, _ in
            let codes = try weights.entry("codes").floats()
            precondition(codes.count == itemCount)
            return SameCategory(codes: codes, counter: EncodeCounter())
        })

    /// How often any copy of the model has encoded a history.
    package final class EncodeCounter: Sendable {
        private let state = Mutex(0)
        package var count: Int { state.withLock { $0 } }
        func add() { state.withLock { $0 += 1 } }
    }

    /// Of each item: a number for its category, 0 without one.
    package let codes: [Float]
    package let counter: EncodeCounter

    private init(codes: [Float], counter: EncodeCounter) {
        self.codes = codes
        self.counter = counter
    }

    package init(_ contents: [ItemContent]) {
        self.init(codes: contents.map(Self.code), counter: EncodeCounter())
    }

    private static func code(_ content: ItemContent) -> Float {
        content.categories.first.map(code) ?? 0
    }

    private static func code(_ category: String) -> Float {
        category.utf8.reduce(1) { ($0 * 31 + Float($1)).truncatingRemainder(dividingBy: 65_521) }
    }

    package var itemCount: Int { codes.count }
    package var settings: ModelSettings { [:] }

    package func canAnswer(_ history: History) -> Bool {
        !history.positiveItems.isEmpty || history.attributes != .none
    }

    package func scores(for histories: [History]) -> [Float] {
        histories.flatMap { scores(of: HistoryEncoding(values: values(of: $0))) }
    }

    package func encoding(of history: History) -> HistoryEncoding {
        counter.add()
        return HistoryEncoding(values: values(of: history))
    }

    package func scores(of encoding: HistoryEncoding) -> [Float] {
        codes.map { code in
            let same = encoding.values.dropFirst().count { $0 == code && code != 0 }
            return Float(same) + (encoding.values[0] == code && code != 0 ? 10 : 0)
        }
    }

    /// The favourite's category, then that of each liked item.
    private func values(of history: History) -> [Float] {
        var favourite: Float = 0
        if case .string(let name)? = history.attributes.values["favourite"] {
            favourite = Self.code(name)
        }
        return [favourite] + history.positiveItems.map { codes[Int($0)] }
    }

    package func adding(_ items: [ItemContent]) -> any ContentRecommender {
        SameCategory(codes: codes + items.map(Self.code), counter: counter)
    }

    package func parameters() -> [Safetensors.Entry] {
        [Safetensors.Entry(name: "codes", shape: [itemCount], floats: codes)]
    }
}

private struct SameCategoryLearner: Learner {
    let model: SameCategory

    var maxEpochs: Int { 1 }

    mutating func runEpoch() -> Double { 0 }

    func recommender() -> any Recommender { model }
}
