import Dispatch
import Evaluation
import Events
import Support
import Synchronization

/// Learns the weights of a blend: the model that alone is best on validation comes first, then
/// again and again the one that the sum gains most from, with repetition. A model's weight is how
/// often it was taken, over all; the best sum on the way counts.
///
/// Few parameters that change in whole steps, from the best single model on: what it chooses is
/// never worse on validation than that model, and hardly can be tuned to the validation users.
///
/// Reference: Caruana, Niculescu-Mizil, Crew & Ksikes, "Ensemble Selection from Libraries of
/// Models", ICML 2004, sections 2 and 2.1.
/// Differs: a user's items are those that some model has among its first k + 100, and the targets;
/// the others can't come among the first k but by a freak of the weights.
struct EnsembleSelection {
    /// Of more validation users, these are enough for a handful of weights.
    static let maximumUsers = 5_000
    private static let batchSize = 64
    private static let margin = 100

    /// One user's items that may come to the front.
    private struct UserScores: Sendable {
        /// `[components × candidates]`, row-major.
        var scores: [Float]
        var roles: [ItemRole]
    }

    private let names: [String]
    private let users: [UserScores]
    private let metric: MetricKey

    /// - Complexity: The components score each user once; then memory of users · components ·
    ///   (k + 100) · components numbers at most.
    init(
        components: [String: ModelComponent], fusion: ScoreFusion, options: CombiningOptions
    ) {
        precondition(options.metric.isPerUser, "\(options.metric) is no metric of one user")
        names = components.keys.sorted()
        metric = options.metric
        let ordered = names.compactMap { components[$0] }
        let cases = Self.drawn(options.validation)
        let depth = min(options.itemCount, options.metric.k + Self.margin)
        let batches = stride(from: 0, to: cases.count, by: Self.batchSize).map {
            Array(cases[$0..<min($0 + Self.batchSize, cases.count)])
        }
        let results = Mutex([[UserScores]](repeating: [], count: batches.count))
        let next = Atomic(0)
        DispatchQueue.concurrentPerform(iterations: max(1, options.workers)) { _ in
            while true {
                let index = next.add(1, ordering: .relaxed).oldValue
                guard index < batches.count else { return }
                let users = Self.users(
                    batches[index], ordered, fusion: fusion, itemCount: options.itemCount,
                    depth: depth)
                results.withLock { $0[index] = users }
            }
        }
        users = results.withLock { $0 }.flatMap(\.self)
    }

    /// Evenly spaced where there are too many.
    private static func drawn(_ cases: [EvaluationCase]) -> [EvaluationCase] {
        guard cases.count > maximumUsers else { return cases }
        return (0..<maximumUsers).map { cases[$0 * cases.count / maximumUsers] }
    }

    private static func users(
        _ cases: [EvaluationCase], _ components: [ModelComponent], fusion: ScoreFusion,
        itemCount: Int, depth: Int
    ) -> [UserScores] {
        let histories = cases.map(\.history)
        // What a model says of a history that it can't answer doesn't count: zeros.
        let scores = components.map { component in
            let answered = histories.indices.filter { component.canAnswer(histories[$0]) }
            let given = component.scores(for: answered.map { histories[$0] }, fusedBy: fusion)
            var all = [Float](repeating: 0, count: histories.count * itemCount)
            for (place, row) in answered.enumerated() {
                all.replaceSubrange(
                    row * itemCount..<(row + 1) * itemCount,
                    with: given[place * itemCount..<(place + 1) * itemCount])
            }
            return all
        }
        return cases.enumerated().map { row, user in
            let range = row * itemCount..<(row + 1) * itemCount
            return Self.candidates(
                of: user, scores: scores.map { $0[range] }, itemCount: itemCount, depth: depth)
        }
    }

    private static func candidates(
        of user: EvaluationCase, scores: [ArraySlice<Float>], itemCount: Int, depth: Int
    ) -> UserScores {
        var roles = [ItemRole](repeating: .candidate, count: itemCount)
        user.setRoles(in: &roles)
        var isTaken = roles.map { $0 == .target }
        for row in scores {
            for item in TopList.select(depth, from: row, roles: roles) { isTaken[item.row] = true }
        }
        let taken = isTaken.indices.filter { isTaken[$0] }
        return UserScores(
            scores: scores.flatMap { row in taken.map { row[row.startIndex + $0] } },
            roles: taken.map { roles[$0] })
    }

    /// - Parameter rounds: How many models are taken, at most.
    /// - Returns: For each model that was taken its weight above 0; together they are 1.
    /// - Throws: `EvaluationError` for a score that is no number.
    func weights(rounds: Int) throws -> [String: Double] {
        var sums = users.map { [Float](repeating: 0, count: $0.roles.count) }
        var counts = [Int](repeating: 0, count: names.count)
        var best = (value: -1.0, counts: counts)
        for _ in 0..<rounds {
            let values = try names.indices.map { try value(of: sums, adding: $0) }
            // The first of equals: the order of the names, so that it can be repeated.
            guard let chosen = values.indices.max(by: { values[$0] < values[$1] }) else { break }
            for user in users.indices { add(chosen, of: user, to: &sums[user]) }
            counts[chosen] += 1
            if values[chosen] > best.value { best = (values[chosen], counts) }
        }
        let total = Double(max(best.counts.reduce(0, +), 1))
        return Dictionary(
            uniqueKeysWithValues: zip(names, best.counts).filter { $0.1 > 0 }
                .map { ($0, Double($1) / total) })
    }

    private func add(_ component: Int, of user: Int, to sum: inout [Float]) {
        let first = component * sum.count
        for index in sum.indices { sum[index] += users[user].scores[first + index] }
    }

    /// The metric's mean with one more model in the sum.
    private func value(of sums: [[Float]], adding component: Int) throws -> Double {
        var total = 0.0
        for user in users.indices {
            var sum = sums[user]
            add(component, of: user, to: &sum)
            total += try TargetRanks(scores: sum[...], roles: users[user].roles, depth: metric.k)
                .value(of: metric, recall: .reachable)
        }
        return total / Double(max(users.count, 1))
    }
}
