import Foundation
import Tensor

/// The optimizer Adam.
///
///     m ← β₁m + (1 − β₁)g        m̂ = m / (1 − β₁ᵗ)
///     v ← β₂v + (1 − β₂)g²       v̂ = v / (1 − β₂ᵗ)
///     w ← w − α m̂ / (√v̂ + ε)
///
/// Reference: Kingma & Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015, algorithm 1.
package struct Adam<Scalar: TensorScalar> {
    package let learningRate: Double
    package let beta1: Double
    package let beta2: Double
    package let epsilon: Double

    package private(set) var stepCount = 0
    /// First and second moments of the gradients, in the store's order.
    private var means: [Tensor<Scalar>]
    private var variances: [Tensor<Scalar>]

    package init(
        learningRate: Double, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
        for store: ParameterStore<Scalar>
    ) {
        self.learningRate = learningRate
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        means = store.tensors.map { Tensor(zeros: $0.shape) }
        variances = means
    }

    /// Moves the parameters by one step, each worker its share of each.
    ///
    /// - Parameter gradients: in the store's order and shapes
    /// - Throws: `notFinite` when a weight stops being finite; the store is of no use then.
    package mutating func step(
        _ store: inout ParameterStore<Scalar>, gradients: [Tensor<Scalar>], pool: WorkerPool
    ) throws(TrainingError) {
        precondition(
            gradients.map(\.shape) == store.tensors.map(\.shape), "gradients of other shapes")
        stepCount += 1
        let step = self.step(number: stepCount)
        for index in gradients.indices {
            let areFinite = means[index].elements.withUnsafeMutableBufferPointer { mean in
                variances[index].elements.withUnsafeMutableBufferPointer { variance in
                    gradients[index].elements.withUnsafeBufferPointer { gradient in
                        store.withElements(at: index) { weights in
                            pool.allShares(of: weights.count) { [mean, variance, weights] share in
                                Scalar.adam(
                                    step, gradient: .init(rebasing: gradient[share]),
                                    mean: .init(rebasing: mean[share]),
                                    variance: .init(rebasing: variance[share]),
                                    weights: .init(rebasing: weights[share]))
                            }
                        }
                    }
                }
            }
            guard areFinite else {
                throw .notFinite(parameter: store.names[index], step: stepCount)
            }
        }
    }

    private func step(number: Int) -> AdamStep<Scalar> {
        AdamStep(
            learningRate: Scalar(learningRate), beta1: Scalar(beta1), beta2: Scalar(beta2),
            epsilon: Scalar(epsilon), meanCorrection: Scalar(1 / (1 - pow(beta1, Double(number)))),
            varianceCorrection: Scalar(1 / (1 - pow(beta2, Double(number)))))
    }
}
