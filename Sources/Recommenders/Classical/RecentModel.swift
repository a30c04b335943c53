import Events
import NeuralNetwork
import Support

/// The newest items, the same for everybody: an item is as new as its first event in the log.
///
///     score(i) = −(T − min_u t_ui), in days
///
/// T is when the newest of all items had its first event. An item that nobody did anything with has
/// no age here; it ranks behind all others, and the service's own fallback, which knows when an
/// item was declared, is the one to show it.
package struct RecentModel: Recommender {
    package static let family = ModelFamily(
        name: "recent", defaults: [:], reads: .nothing,
        makeLearner: { data, options in
            _ = try options.settings.over([:])
            return SolvedModel(
                empty: RecentModel(ages: [Float](repeating: 0, count: data.itemCount))
            ) { RecentModel(ages: ages(of: data)) }
        },
        load: { itemCount, weights, settings in
            _ = try settings.over([:])
            return RecentModel(ages: try weights.checkedFloats("ages", shape: [itemCount]))
        })

    /// How many days each item is older than the newest, `[itemCount]`.
    let ages: [Float]

    package var itemCount: Int { ages.count }
    package var settings: ModelSettings { [:] }

    private static func ages(of data: TrainingSet) -> [Float] {
        var first = [Timestamp?](repeating: nil, count: data.itemCount)
        for interaction in data.histories.lazy.joined() {
            let row = interaction.item.row
            first[row] = min(first[row] ?? interaction.time, interaction.time)
        }
        let times = first.compactMap(\.self)
        guard let newest = times.max(), let oldest = times.min() else {
            return [Float](repeating: 0, count: data.itemCount)
        }
        let unknown = (newest - oldest).inDays + 1
        return first.map { time in Float(time.map { (newest - $0).inDays } ?? unknown) }
    }

    package func canAnswer(_ history: History) -> Bool { true }

    package func scores(for histories: [History]) -> [Float] {
        Array(repeatElement(ages.map { -$0 }, count: histories.count).joined())
    }

    package func parameters() -> [Safetensors.Entry] {
        [Safetensors.Entry(name: "ages", shape: [itemCount], floats: ages)]
    }
}
