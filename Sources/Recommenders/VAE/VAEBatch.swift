import Support
import Tensor

/// What the network reads of some users: histories and noise.
struct VAEBatch<Scalar: TensorScalar>: Sendable {
    /// Each row of length 1 before dropout, `[rows × items]`.
    var input: SparseRows<Scalar>
    /// Multi-hot, `[rows × items]`.
    var observed: SparseRows<Scalar>
    /// Standard normal, `[rows × latentSize]`.
    var noise: Tensor<Scalar>

    /// Draws dropout and noise of each user from a source of his own, so that they don't depend on
    /// how a batch is split.
    init(
        _ users: [(items: [Int32], random: RandomSource)], itemCount: Int, latentSize: Int,
        dropoutProbability: Double
    ) {
        input = SparseRows(columnCount: itemCount)
        observed = SparseRows(columnCount: itemCount)
        var noise: [Scalar] = []
        noise.reserveCapacity(users.count * latentSize)
        for user in users {
            let items = user.items
            var random = user.random
            observed.appendRow(items, weight: 1)
            let kept = items.filter { _ in random.uniform() >= dropoutProbability }
            let length = Scalar(items.count).squareRoot()
            input.appendRow(kept, weight: Scalar(1 / (1 - dropoutProbability)) / length)
            for _ in 0..<latentSize { noise.append(Scalar(random.normal())) }
        }
        self.noise = Tensor(shape: [users.count, latentSize], elements: noise)
    }
}

extension SparseRows {
    /// Multi-hot rows of length 1, the input of a served model.
    init(normalizing histories: [[Int32]], columnCount: Int) {
        self.init(columnCount: columnCount)
        for items in histories {
            appendRow(items, weight: 1 / Scalar(max(1, items.count)).squareRoot())
        }
    }
}
