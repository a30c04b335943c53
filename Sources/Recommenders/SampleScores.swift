import Events
import NeuralNetwork
import Support

/// A few histories and the scores that the model gave them when it was saved: whoever loads the
/// checkpoint computes them again, so that a model which loads but computes otherwise is found.
package struct SampleScores: Sendable {
    package static let maximumHistories = 8
    package static let maximumHistoryLength = 50
    package static let maximumScores = 256
    /// Of a history's largest score. Float32 sums in another order differ by far less.
    package static let tolerance = 1e-3
    static let agesName = "sample.ages"

    /// Rows of the positive items of each history.
    package private(set) var histories: [[ItemIndex]]
    /// How many seconds before the request each of them happened. They are made up, over seconds to
    /// months: a checkpoint shall tell no more of a person than it needs. 0 in those of before.
    package private(set) var ages: [[Int32]]
    /// `[histories.count, scoredItems]`, row-major, for the rows `0, step, 2·step, …`.
    package private(set) var scores: [Float]

    /// Draws the histories that are there and scores them.
    package init(of recommender: any Recommender, histories: [[ItemIndex]]) {
        self.histories = histories.prefix(Self.maximumHistories).map {
            Array($0.suffix(Self.maximumHistoryLength))
        }
        ages = self.histories.map { history in
            history.indices.map { Self.age(fromEnd: history.count - $0) }
        }
        scores = []
        scores = scores(of: recommender)
    }

    /// A second for the newest event, ten weeks for the fiftieth.
    private static func age(fromEnd place: Int) -> Int32 {
        Int32(place * place * place * place)
    }

    init(_ file: Safetensors, itemCount: Int) throws {
        let offsets = try file.entry("sample.offsets").int32s().map(Int.init)
        let items = try file.entry("sample.items").int32s()
        let hasAges = file.entries.contains { $0.name == Self.agesName }
        let ages =
            hasAges
            ? try file.entry(Self.agesName).int32s() : [Int32](repeating: 0, count: items.count)
        guard offsets.first == 0, offsets.last == items.count,
            zip(offsets, offsets.dropFirst()).allSatisfy({ $0 <= $1 }),
            offsets.count <= Self.maximumHistories + 1,
            items.allSatisfy({ $0 >= 0 && Int($0) < itemCount }), ages.count == items.count
        else { throw ModelCheckpoint.Invalid.items("the samples don't fit together") }
        histories = zip(offsets, offsets.dropFirst()).map { start, end in
            items[start..<end].map { ItemIndex($0) }
        }
        self.ages = zip(offsets, offsets.dropFirst()).map { Array(ages[$0..<$1]) }
        scores = try file.entry("sample.scores").floats()
    }

    var entries: [Safetensors.Entry] {
        var offsets: [Int32] = [0]
        for history in histories { offsets.append((offsets.last ?? 0) + Int32(history.count)) }
        let items = histories.flatMap { $0.map(\.rawValue) }
        let ages = ages.flatMap(\.self)
        return [
            Safetensors.Entry(name: "sample.offsets", shape: [offsets.count], int32s: offsets),
            Safetensors.Entry(name: "sample.items", shape: [items.count], int32s: items),
            Safetensors.Entry(name: Self.agesName, shape: [ages.count], int32s: ages),
            Safetensors.Entry(name: "sample.scores", shape: [scores.count], floats: scores),
        ]
    }

    /// The largest difference between stored and recomputed scores, as a share of the largest stored
    /// score of the same history: scores of some models are all far below 1. Infinite where they
    /// can't be compared.
    package func largestDifference(from recommender: any Recommender) -> Double {
        let again = scores(of: recommender)
        guard again.count == scores.count else { return .infinity }
        guard !again.isEmpty else { return 0 }
        let each = scores.count / histories.count
        return histories.indices.reduce(0.0) { largest, history in
            let row = history * each..<(history + 1) * each
            return max(largest, Self.difference(stored: scores[row], computed: again[row]))
        }
    }

    /// Of one history.
    private static func difference(
        stored: ArraySlice<Float>, computed: ArraySlice<Float>
    ) -> Double {
        let scale = stored.reduce(Double(Float.leastNormalMagnitude)) { max($0, abs(Double($1))) }
        return zip(stored, computed).reduce(0.0) { largest, pair in
            let difference = abs(Double(pair.0) - Double(pair.1)) / scale
            return difference.isFinite ? max(largest, difference) : .infinity
        }
    }

    private func scores(of recommender: any Recommender) -> [Float] {
        guard !histories.isEmpty, recommender.itemCount > 0 else { return [] }
        let now = Timestamp(milliseconds: 0)
        let inputs = zip(histories, ages).map { rows, ages in
            let interactions = zip(rows, ages).map { item, age in
                Interaction(item: item, time: now + .seconds(-Int(age)))
            }
            return History(interactions: interactions, now: now)
        }
        let all = recommender.scores(for: inputs)
        let count = recommender.itemCount
        let step = (count + Self.maximumScores - 1) / Self.maximumScores
        return histories.indices.flatMap { history in
            stride(from: 0, to: count, by: step).map { all[history * count + $0] }
        }
    }
}
