import Support
import Tensor

/// What both networks read of some users.
struct GANBatch<Scalar: TensorScalar>: Sendable {
    /// The generator's input: histories of length 1 before dropout, `[rows × items]`.
    var input: SparseRows<Scalar>
    /// The discriminator's condition: whole histories of length 1, `[rows × items]`.
    var users: SparseRows<Scalar>
    /// Multi-hot, `[rows × items]`.
    var observed: SparseRows<Scalar>
    /// The same, dense: what a real vector is.
    var purchases: Tensor<Scalar>
    /// 1 where the discriminator may look: purchases, and the sample of partial masking.
    var mask: Tensor<Scalar>
    /// 1 in the sample of zero reconstruction.
    var zeros: Tensor<Scalar>

    /// Draws dropout and samples of each user from a source of his own, so that they don't depend
    /// on how a batch is split.
    init(
        _ users: [(items: [Int32], random: RandomSource)], itemCount: Int, settings: GANSettings
    ) {
        input = SparseRows(columnCount: itemCount)
        observed = SparseRows(columnCount: itemCount)
        self.users = SparseRows(normalizing: users.map(\.items), columnCount: itemCount)
        let shape = [users.count, itemCount]
        var purchases = [Scalar](repeating: 0, count: users.count * itemCount)
        var mask = purchases
        var zeros = purchases
        let kept = 1 - settings.dropoutProbability
        let maskingBound = UInt32(settings.maskingShare * 0x1p32 - 0.5)
        let zeroBound = UInt32(settings.reconstructionShare * 0x1p32 - 0.5)
        for (row, user) in users.enumerated() {
            var random = user.random
            observed.appendRow(user.items, weight: 1)
            input.appendRow(
                user.items.filter { _ in random.uniform() < kept },
                weight: Scalar(1 / kept) / Scalar(max(1, user.items.count)).squareRoot())
            let start = row * itemCount
            for index in start..<start + itemCount {
                let drawn = random.next()
                if UInt32(truncatingIfNeeded: drawn) < maskingBound { mask[index] = 1 }
                if UInt32(drawn >> 32) < zeroBound { zeros[index] = 1 }
            }
            for item in user.items {
                let index = start + Int(item)
                (purchases[index], mask[index], zeros[index]) = (1, 1, 0)
            }
        }
        self.purchases = Tensor(shape: shape, elements: purchases)
        self.mask = Tensor(shape: shape, elements: mask)
        self.zeros = Tensor(shape: shape, elements: zeros)
    }
}
