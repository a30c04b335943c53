import Tensor

/// Computes the gradients of a batch on all workers: each takes a part of the batch on a tape of
/// its own, and the parts are added up here. This sum is also where other machines would join in.
package final class DataParallel<Scalar: TensorScalar> {
    package let pool: WorkerPool
    private let tapes: [Tape<Scalar>]

    package init(workers: Int) {
        pool = WorkerPool(count: workers)
        tapes = (0..<workers).map { _ in Tape() }
    }

    /// - Parameters:
    ///   - batchSize: Examples in the batch.
    ///   - loss: Computes the loss of a part of the batch, a scalar; called on the workers, with
    ///     the part and a forward pass of its own. The losses of the parts add up to the batch's.
    /// - Returns: The loss, and the gradients in the store's order.
    package func gradients(
        _ store: ParameterStore<Scalar>, batchSize: Int,
        loss: @escaping (Range<Int>, ForwardPass<Scalar>) -> Variable
    ) -> (loss: Scalar, gradients: [Tensor<Scalar>]) {
        let parts = PerWorker<Part?>(repeating: nil, count: pool.count)
        pool.run { [pool, tapes] worker in
            let tape = tapes[worker]
            let pass = ForwardPass(store, on: tape)
            let output = loss(pool.share(of: batchSize, for: worker), pass)
            tape.backward(from: output)
            parts[worker] = Part(loss: tape[output].scalar, gradients: pass.takeGradients())
            tape.reset()  // lets go of the parameters: who changes them next need not copy them
        }
        return addUp(parts)
    }

    /// Gives gradients back, so that the next step finds their memory.
    package func recycle(_ gradients: [Tensor<Scalar>]) {
        for gradient in gradients { tapes[0].recycle(gradient) }
    }

    private struct Part {
        var loss: Scalar
        var gradients: [Tensor<Scalar>]
    }

    /// The sum, in the order of the workers. The parts are taken out, so that the first can grow
    /// in its place.
    private func addUp(_ parts: PerWorker<Part?>) -> (Scalar, [Tensor<Scalar>]) {
        guard var sum = parts[0].take() else { preconditionFailure("worker 0 did nothing") }
        for worker in 1..<max(1, pool.count) {
            guard let part = parts[worker].take() else { continue }
            sum.loss += part.loss
            for index in sum.gradients.indices {
                add(part.gradients[index], to: &sum.gradients[index])
                tapes[worker].recycle(part.gradients[index])
            }
        }
        return (sum.loss, sum.gradients)
    }

    private func add(_ tensor: Tensor<Scalar>, to sum: inout Tensor<Scalar>) {
        tensor.elements.withUnsafeBufferPointer { tensor in
            sum.elements.withUnsafeMutableBufferPointer { [pool] sum in
                _ = pool.allShares(of: tensor.count) { [sum] share in
                    Scalar.axpy(
                        1, .init(rebasing: tensor[share]), into: .init(rebasing: sum[share]))
                    return true
                }
            }
        }
    }
}
