import Support
import Tensor

/// A user in a batch.
struct VAEUser {
    /// What he has, and how much each counts in the likelihood.
    var row: WeightedItems
    /// Of his own, so that what is drawn doesn't depend on how a batch is split.
    var random: RandomSource
    /// What his divergence counts in the loss.
    var divergenceWeight: Double
}

/// What the network reads of some users: histories and noise.
struct VAEBatch<Scalar: TensorScalar>: Sendable {
    /// Each row of length 1 before dropout, `[rows × items]`.
    var input: SparseRows<Scalar>
    /// The same without dropout; no rows where nobody asks for it.
    var undropped: SparseRows<Scalar>
    /// The weight of each item, 1 where all events weigh alike, `[rows × items]`.
    var observed: SparseRows<Scalar>
    /// Standard normal, `[rows × latentSize]`.
    var noise: Tensor<Scalar>
    /// `[rows]`
    var divergenceWeights: [Scalar]

    /// - Parameter keepsUndropped: Whether the histories are wanted without dropout, too.
    init(
        _ users: [VAEUser], itemCount: Int, latentSize: Int, dropoutProbability: Double,
        keepsUndropped: Bool = false
    ) {
        input = SparseRows(columnCount: itemCount)
        undropped = SparseRows(columnCount: itemCount)
        observed = SparseRows(columnCount: itemCount)
        divergenceWeights = users.map { Scalar($0.divergenceWeight) }
        var noise: [Scalar] = []
        noise.reserveCapacity(users.count * latentSize)
        for user in users {
            let items = user.row.items
            var random = user.random
            let length = Scalar(items.count).squareRoot()
            observed.appendRow(items, weights: user.row.weights.map { Scalar($0) })
            if keepsUndropped { undropped.appendRow(items, weight: 1 / length) }
            let kept = items.filter { _ in random.uniform() >= dropoutProbability }
            input.appendRow(kept, weight: Scalar(1 / (1 - dropoutProbability)) / length)
            for _ in 0..<latentSize { noise.append(Scalar(random.normal())) }
        }
        self.noise = Tensor(shape: [users.count, latentSize], elements: noise)
    }
}
