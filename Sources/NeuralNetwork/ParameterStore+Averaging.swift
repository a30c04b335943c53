import Tensor

extension ParameterStore<Float> {
    /// Moves each weight a share of the way to another store's: an exponential moving average.
    ///
    ///     w ← w + s (w′ − w)
    ///
    /// Reference: Yazıcı et al., "The Unusual Effectiveness of Averaging in GAN Training", ICLR
    /// 2019, section 3.2.
    ///
    /// - Parameters:
    ///   - other: w′, with the same parameters
    ///   - share: s in 0...1
    package mutating func move(towards other: ParameterStore, share: Float) {
        precondition(names == other.names, "an average of other parameters")
        for (index, tensor) in other.tensors.enumerated() {
            withElements(at: index) { weights in
                tensor.elements.withUnsafeBufferPointer { target in
                    for i in target.indices { weights[i] += share * (target[i] - weights[i]) }
                }
            }
        }
    }

    /// Adds the derivative of s/2 Σ w² to gradients: an L2 penalty.
    ///
    /// - Parameters:
    ///   - penalty: s, 0 changes nothing
    ///   - gradients: in the store's order
    package func addPenalty(_ penalty: Float, to gradients: inout [Tensor<Float>]) {
        guard penalty != 0 else { return }
        precondition(gradients.count == tensors.count, "\(gradients.count) gradients")
        for (index, tensor) in tensors.enumerated() {
            gradients[index].elements.withUnsafeMutableBufferPointer { gradient in
                tensor.elements.withUnsafeBufferPointer {
                    Float.axpy(penalty, $0, into: gradient)
                }
            }
        }
    }
}
