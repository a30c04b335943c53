import Tensor

/// A running mean of a network's weights over the steps of its training: often better than the last
/// weights, and smoother.
///
///     a ← d a + (1 − d) w,  d = min(decay, (1 + t) / (10 + t)) at step t
///
/// Reference: Polyak & Juditsky, "Acceleration of Stochastic Approximation by Averaging", 1992.
/// Differs: exponential, with the growing decay of TensorFlow's `ExponentialMovingAverage`.
package struct WeightAverage<Scalar: TensorScalar>: Sendable {
    package private(set) var store: ParameterStore<Scalar>
    private let decay: Double
    private var stepCount = 0

    /// - Parameter decay: in `0..<1`
    package init(of store: ParameterStore<Scalar>, decay: Double) {
        precondition((0..<1).contains(decay), "decay \(decay)")
        self.store = store
        self.decay = decay
    }

    /// Takes in the weights after a step.
    ///
    /// - Complexity: O(weights)
    package mutating func add(_ current: ParameterStore<Scalar>) {
        stepCount += 1
        let step = Double(stepCount)
        let kept = Scalar(min(decay, (1 + step) / (10 + step)))
        for index in current.tensors.indices {
            current.tensors[index].elements.withUnsafeBufferPointer { current in
                store.withElements(at: index) { mean in
                    // d a + (1 − d) w, in place
                    Scalar.axpy(kept - 1, UnsafeBufferPointer(mean), into: mean)
                    Scalar.axpy(1 - kept, current, into: mean)
                }
            }
        }
    }
}
