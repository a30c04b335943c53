import Tensor

extension ParameterStore<Float> {
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
