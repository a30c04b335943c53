import Events
import NeuralNetwork
import Support
import Tensor

/// What comes next: the chance of each item after the last one of the history, whatever was before.
///
///     p(j | i) = (n_ij + μ p_j) / (n_i + μ)
///
/// n_ij counts how often j came after i in the training users' positive events, each time as much as
/// the event on j weighs; n_i = Σ_j n_ij, p_j is the share of j in all users' items, and μ is
/// `smoothing`: where little is known of i, what is popular decides. With a `window` above 1, j counts for those that came up to so many events
/// before it too, 1/d at distance d.
///
/// Reference: Rendle et al., "Factorizing Personalized Markov Chains for Next-Basket
/// Recommendation", WWW 2010, section 4.1, for baskets of one item and all users in one chain.
/// Smoothing: Zhai & Lafferty, SIGIR 2001, section 3 (Dirichlet prior). Window: "sequential rules"
/// in Ludewig & Jannach, UMUAI 2018, section 3.1.
///
/// - Complexity: O(events · window) time and memory to fit; O(items) to score.
package struct MarkovChain: Recommender {
    static let defaults: ModelSettings = ["smoothing": 10, "window": 1]

    package static let family = ModelFamily(
        name: "markov", defaults: defaults, reads: .order,
        makeLearner: { data, options in
            let settings = try options.settings.over(defaults)
            let none = SparseMatrix(
                rows: Array(repeating: [], count: data.itemCount), columnCount: data.itemCount)
            let popularity = PopularityModel.counts(of: data)
            let empty = try MarkovChain(
                transitions: none, popularity: popularity, settings: settings)
            return SolvedModel(empty: empty) {
                let window = try settings.integer("window", in: windows)
                let counts = TransitionCounts(data, window: window)
                return try MarkovChain(
                    transitions: counts.summed(by: WorkerPool(count: options.workers)),
                    popularity: popularity, settings: settings)
            }
        },
        load: { itemCount, weights, settings in
            try MarkovChain(
                transitions: SparseMatrix(
                    "transitions", rowCount: itemCount, columnCount: itemCount, from: weights),
                popularity: try weights.checkedFloats("popularity", shape: [itemCount]),
                settings: try settings.over(defaults))
        })

    private static let windows = 1...1000

    /// n, `[items × items]`: from (row) to (column).
    let transitions: SparseMatrix
    /// Users of each item, weighted, `[items]`.
    let popularity: [Float]
    /// p, `[items]`, with the sum 1.
    private let shares: [Float]
    private let smoothing: Float
    package let settings: ModelSettings

    private init(
        transitions: SparseMatrix, popularity: [Float], settings: ModelSettings
    ) throws(ModelError) {
        smoothing = Float(try settings.real("smoothing", in: 0...1e9))
        _ = try settings.integer("window", in: Self.windows)
        self.transitions = transitions
        self.popularity = popularity
        self.settings = settings
        let total = max(popularity.reduce(0, +), 1)
        shares = popularity.map { $0 / total }
    }

    package var itemCount: Int { popularity.count }

    /// Whether anything ever came after the last item.
    package func canAnswer(_ history: History) -> Bool {
        lastItem(of: history).map { !transitions.range(of: $0).isEmpty } ?? false
    }

    package func scores(for histories: [History]) -> [Float] {
        scores(rows: histories) { history, scores in
            let successors = lastItem(of: history).map(transitions.range) ?? 0..<0
            let count = successors.reduce(Float(0)) { $0 + transitions.weights[$1] }
            // Without a successor the chance is p itself.
            let divisor = max(count + smoothing, .leastNormalMagnitude)
            let share = successors.isEmpty ? 1 : smoothing / divisor
            for item in scores.indices { scores[item] = share * shares[item] }
            for place in successors {
                scores[Int(transitions.columns[place])] += transitions.weights[place] / divisor
            }
        }
    }

    private func lastItem(of history: History) -> Int? {
        history.interactions.last { $0.strength > 0 }?.item.row
    }

    package func parameters() -> [Safetensors.Entry] {
        transitions.entries("transitions")
            + [Safetensors.Entry(name: "popularity", shape: [itemCount], floats: popularity)]
    }
}

/// Every step of every user, by the item that it starts from.
private struct TransitionCounts {
    private var steps: [[SparseMatrix.Element]]

    /// An item that comes several times in a row is one; an item is no successor of itself.
    init(_ data: TrainingSet, window: Int) {
        steps = Array(repeating: [], count: data.itemCount)
        let weights = EventWeights(data)
        for history in data.histories {
            var visited: [ItemIndex] = []
            for interaction in history where interaction.strength > 0 {
                let item = interaction.item
                if visited.last == item { continue }
                let weight = weights.weight(of: interaction)
                for (distance, earlier) in visited.suffix(window).reversed().enumerated()
                where earlier != item {
                    steps[earlier.row].append((item.rawValue, weight / Float(distance + 1)))
                }
                visited.append(item)
            }
        }
    }

    /// n, `[items × items]`.
    func summed(by pool: WorkerPool) -> SparseMatrix {
        let (steps, itemCount) = (steps, steps.count)
        let rows = pool.rows(
            count: itemCount, scratch: { [Float](repeating: 0, count: itemCount) }
        ) { item, sums -> [SparseMatrix.Element] in
            for (next, weight) in steps[item] { sums[Int(next)] += weight }
            return Set(steps[item].map(\.column)).sorted().map { next in
                defer { sums[Int(next)] = 0 }
                return (next, sums[Int(next)])
            }
        }
        return SparseMatrix(rows: rows, columnCount: itemCount)
    }
}
