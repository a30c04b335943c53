import Events
import Foundation
import NeuralNetwork
import Support

/// People of a similar taste: a candidate's score is the share of the nearest training users who
/// have it, weighted by how similar they are and by how much it weighs for them.
///
///     w_i = ln(1 + |V| / |V_i|)^a,   ‖h‖² = Σ_{i ∈ h} w_i²,   ‖h_v‖² = Σ_{i ∈ h_v} (w_i e_vi)²
///     s(h, v) = Σ_{i ∈ h ∩ h_v} w_i² e_vi / (‖h‖ ‖h_v‖ + shrinkage)
///     score(j) = Σ_{v ∈ N(h), j ∈ h_v} s(h, v) e_vj / Σ_{v ∈ N(h)} s(h, v)
///
/// V are the users held, V_i those of them who have item i, a is `inverseFrequency`: with 0 all
/// items count the same. e_vi is what item i weighs for user v, 1 where all events weigh alike. N(h) are the `neighbours` users most similar to the history h, which may be
/// anybody's: the model is the training users' items, not a row for each user to be served. Above
/// `maxUsers` it holds a sample of them, drawn by the seed.
///
/// Reference: Herlocker et al., "An Algorithmic Framework for Performing Collaborative Filtering",
/// SIGIR 1999; inverse frequency after Breese et al., UAI 1998, section 2.3.2.
/// Differs: events without ratings, so no mean is taken off, and similarity is cosine.
///
/// - Complexity: O(events of the users held) memory; a history is scored in O(users + items +
///   Σ_{i ∈ h} |V_i| + events of its neighbours).
package struct UserKNN: Recommender {
    static let defaults: ModelSettings = [
        "neighbours": 50, "shrinkage": 0, "inverseFrequency": 0, "maxUsers": 50_000,
    ]

    package static let family = ModelFamily(
        name: "userknn", defaults: defaults,
        makeLearner: { data, options in
            let settings = try options.settings.over(defaults)
            let nobody = SparseMatrix(
                rows: Array(repeating: [], count: data.itemCount), columnCount: 0)
            let empty = try UserKNN(holders: nobody, settings: settings)
            return SolvedModel(empty: empty) {
                try UserKNN(
                    holders: holders(in: data, settings: settings, seed: options.seed),
                    settings: settings)
            }
        },
        load: { itemCount, weights, settings in
            let norms = try weights.entry("norms")
            // Of one dimension it is as long as the data that came with it.
            guard norms.shape.count == 1, let userCount = norms.shape.first else {
                throw ModelError.wrongIndices(parameter: "norms")
            }
            let model = try UserKNN(
                holders: SparseMatrix(
                    "holders", rowCount: itemCount, columnCount: userCount, from: weights),
                settings: try settings.over(defaults))
            guard try weights.checkedFloats("norms", shape: [userCount]) == model.norms else {
                throw ModelError.wrongIndices(parameter: "norms")
            }
            return model
        })

    /// w_i e_vi of the users of each item, `[items × users]`.
    private let holders: SparseMatrix
    /// The same the other way round, `[users × items]`.
    private let users: SparseMatrix
    /// w_i, `[items]`.
    private let itemWeights: [Float]
    /// ‖h_v‖, `[users]`.
    private let norms: [Float]
    private let neighbours: Int
    private let shrinkage: Float
    package let settings: ModelSettings

    private init(holders: SparseMatrix, settings: ModelSettings) throws(ModelError) {
        neighbours = try settings.integer("neighbours", in: 1...10_000)
        shrinkage = Float(try settings.real("shrinkage", in: 0...1e6))
        _ = try settings.integer("maxUsers", in: 1...Int(Int32.max))
        let exponent = try settings.real("inverseFrequency", in: 0...10)
        self.holders = holders
        itemWeights = (0..<holders.rowCount).map { item in
            Self.weight(holders: holders.range(of: item).count, of: holders.columnCount, exponent)
        }
        self.settings = settings
        let users = holders.transposed()
        self.users = users
        norms = (0..<users.rowCount).map { user in
            users.range(of: user).reduce(Float(0)) { $0 + users.weights[$1] * users.weights[$1] }
                .squareRoot()
        }
    }

    /// The users to be held, as the items know them.
    private static func holders(
        in data: TrainingSet, settings: ModelSettings, seed: UInt64
    ) throws -> SparseMatrix {
        let exponent = try settings.real("inverseFrequency", in: 0...10)
        let limit = try settings.integer("maxUsers", in: 1...Int(Int32.max))
        var users = data.weightedItems.filter { !$0.isEmpty }
        if users.count > limit {
            var random = RandomSource(seed: seed)
            users = Array(users.shuffled(using: &random).prefix(limit))
        }
        var rows = [[SparseMatrix.Element]](repeating: [], count: data.itemCount)
        for (user, row) in users.enumerated() {
            for (item, weight) in zip(row.items, row.weights) {
                rows[Int(item)].append((Int32(user), weight))
            }
        }
        for item in rows.indices {
            let weight = weight(holders: rows[item].count, of: users.count, exponent)
            for place in rows[item].indices { rows[item][place].weight *= weight }
        }
        return SparseMatrix(rows: rows, columnCount: users.count)
    }

    /// w of an item that so many of the users have; 0 where nobody has it.
    private static func weight(holders: Int, of users: Int, _ exponent: Double) -> Float {
        guard holders > 0 else { return 0 }
        return Float(pow(log(1 + Double(users) / Double(holders)), exponent))
    }

    package var itemCount: Int { holders.rowCount }

    /// Whether any user held has an item of the history.
    package func canAnswer(_ history: History) -> Bool {
        history.interactions.contains {
            $0.strength > 0 && !holders.range(of: $0.item.row).isEmpty
        }
    }

    package func scores(for histories: [History]) -> [Float] {
        scores(rows: histories) { history, scores in
            let nearest = neighbours(of: history.positiveItems)
            let total = nearest.reduce(0) { $0 + $1.weight }
            for (user, similarity) in nearest {
                for place in users.range(of: Int(user)) {
                    let item = Int(users.columns[place])
                    scores[item] += similarity / total * (users.weights[place] / itemWeights[item])
                }
            }
        }
    }

    /// N(h) with s(h, v), the most similar first.
    private func neighbours(of items: [Int32]) -> [SparseMatrix.Element] {
        var products = [Float](repeating: 0, count: norms.count)
        var square: Float = 0
        products.withUnsafeMutableBufferPointer { products in
            for item in items where !holders.range(of: Int(item)).isEmpty {
                let weight = itemWeights[Int(item)]
                holders.add(row: Int(item), times: weight, to: products)
                square += weight * weight
            }
        }
        let norm = square.squareRoot()
        var nearest = Nearest(limit: neighbours)
        for user in products.indices where products[user] > 0 {
            nearest.offer(Int32(user), products[user] / (norm * norms[user] + shrinkage))
        }
        return nearest.elements
    }

    package func parameters() -> [Safetensors.Entry] {
        holders.entries("holders")
            + [Safetensors.Entry(name: "norms", shape: [norms.count], floats: norms)]
    }
}
