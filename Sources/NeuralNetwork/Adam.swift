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
    /// What it moves.
    private let parameters: [ParameterID]
    /// First and second moments of their gradients.
    private var means: [Tensor<Scalar>]
    private var variances: [Tensor<Scalar>]

    package init(
        learningRate: Double, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
        for store: ParameterStore<Scalar>, parameters: [ParameterID]? = nil
    ) {
        self.learningRate = learningRate
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.parameters = parameters ?? store.ids
        means = self.parameters.map { Tensor(zeros: store[$0].shape) }
        variances = means
    }

    /// Moves the parameters by one step, each worker its share of each.
    ///
    /// - Parameters:
    ///   - gradients: one for each parameter that it moves, in their order and shapes
    ///   - rateFactor: What the learning rate is multiplied with in this step.
    /// - Throws: `notFinite` when a weight stops being finite; the store is of no use then.
    package mutating func step(
        _ store: inout ParameterStore<Scalar>, gradients: [Gradient<Scalar>],
        rateFactor: Double = 1, pool: WorkerPool
    ) throws(TrainingError) {
        precondition(gradients.count == parameters.count, "\(gradients.count) gradients")
        stepCount += 1
        let step = self.step(number: stepCount, rateFactor: rateFactor)
        for (index, gradient) in gradients.enumerated() {
            let areFinite =
                switch gradient {
                case .dense(let tensor):
                    move(&store, index, by: tensor, step, pool)
                case .rows(let rows, let tensor):
                    moveRows(rows, of: &store, index, by: tensor, step, pool)
                }
            guard areFinite else {
                throw .notFinite(
                    parameter: store.names[parameters[index].index], step: stepCount)
            }
        }
    }

    /// The same with a dense gradient for each parameter.
    package mutating func step(
        _ store: inout ParameterStore<Scalar>, gradients: [Tensor<Scalar>], pool: WorkerPool
    ) throws(TrainingError) {
        try step(&store, gradients: gradients.map { .dense($0) }, pool: pool)
    }

    private mutating func move(
        _ store: inout ParameterStore<Scalar>, _ index: Int, by gradient: Tensor<Scalar>,
        _ step: AdamStep<Scalar>, _ pool: WorkerPool
    ) -> Bool {
        let id = parameters[index]
        precondition(gradient.shape == store[id].shape, "\(store.names[id.index]): other shape")
        return withMoments(index, of: &store) { mean, variance, weights in
            gradient.elements.withUnsafeBufferPointer { gradient in
                pool.allShares(of: weights.count) { share in
                    Scalar.adam(
                        step, gradient: .init(rebasing: gradient[share]),
                        mean: .init(rebasing: mean[share]),
                        variance: .init(rebasing: variance[share]),
                        weights: .init(rebasing: weights[share]))
                }
            }
        }
    }

    private mutating func moveRows(
        _ rows: [Int32], of store: inout ParameterStore<Scalar>, _ index: Int,
        by gradient: Tensor<Scalar>, _ step: AdamStep<Scalar>, _ pool: WorkerPool
    ) -> Bool {
        let id = parameters[index]
        let width = store[id].columnCount
        precondition(
            gradient.shape == [rows.count, width], "\(store.names[id.index]): other shape")
        return withMoments(index, of: &store) { mean, variance, weights in
            gradient.elements.withUnsafeBufferPointer { gradient in
                pool.allShares(of: rows.count, elementsEach: width) { share in
                    share.allSatisfy { place in
                        let from = place * width..<(place + 1) * width
                        let row = Int(rows[place]) * width..<(Int(rows[place]) + 1) * width
                        return Scalar.adam(
                            step, gradient: .init(rebasing: gradient[from]),
                            mean: .init(rebasing: mean[row]),
                            variance: .init(rebasing: variance[row]),
                            weights: .init(rebasing: weights[row]))
                    }
                }
            }
        }
    }

    private mutating func withMoments(
        _ index: Int, of store: inout ParameterStore<Scalar>,
        _ body: (
            UnsafeMutableBufferPointer<Scalar>, UnsafeMutableBufferPointer<Scalar>,
            UnsafeMutableBufferPointer<Scalar>
        ) -> Bool
    ) -> Bool {
        means[index].elements.withUnsafeMutableBufferPointer { mean in
            variances[index].elements.withUnsafeMutableBufferPointer { variance in
                store.withElements(of: parameters[index]) { body(mean, variance, $0) }
            }
        }
    }

    private func step(number: Int, rateFactor: Double) -> AdamStep<Scalar> {
        AdamStep(
            learningRate: Scalar(learningRate * rateFactor), beta1: Scalar(beta1),
            beta2: Scalar(beta2), epsilon: Scalar(epsilon),
            meanCorrection: Scalar(1 / (1 - pow(beta1, Double(number)))),
            varianceCorrection: Scalar(1 / (1 - pow(beta2, Double(number)))))
    }
}

/// The derivative of the loss by a parameter.
package enum Gradient<Scalar: TensorScalar> {
    case dense(Tensor<Scalar>)
    /// Of some rows of a table, distinct, ascending; the others' is 0. Adam leaves those as they
    /// are, moments too ("lazy"): a step costs what it touches, not the whole table.
    case rows([Int32], Tensor<Scalar>)
}
