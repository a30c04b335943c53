import Tensor

/// Computes the gradients of a batch on all workers, each on a tape of its own, and adds them up
/// here. This sum is also where other machines would join in.
package final class DataParallel<Scalar: TensorScalar> {
    package let pool: WorkerPool
    private let tapes: [Tape<Scalar>]
    /// Whose tape the last sum of gradients came from.
    private var summingWorker = 0

    /// - Parameter mayRound: Whether linear layers may multiply factors rounded to bfloat16.
    package init(workers: Int, mayRound: Bool = false) {
        pool = WorkerPool(count: workers)
        tapes = (0..<workers).map { _ in Tape(mayRound: mayRound) }
    }

    /// - Parameters:
    ///   - trained: Whose gradients are wanted; nil for all.
    ///   - batchSize: Examples in the batch; each worker takes its share of them at once.
    ///   - loss: Computes the loss of a part of the batch, a scalar; called on the workers, with
    ///     the part and a forward pass of its own. The losses of the parts add up to the batch's.
    /// - Returns: The loss, and the gradients in the order of the trained parameters.
    package func gradients(
        _ store: ParameterStore<Scalar>, training trained: [ParameterID]? = nil, batchSize: Int,
        loss: @escaping (Range<Int>, ForwardPass<Scalar>) -> Variable
    ) -> (loss: Scalar, gradients: [Tensor<Scalar>]) {
        gradients(store, training: trained, parts: pool.count) { [pool] worker, pass in
            loss(pool.share(of: batchSize, for: worker), pass)
        }
    }

    /// The same with a batch that is split into more parts than there are workers, neighbours to
    /// the same worker, which takes one after the other: smaller parts need less memory, and more
    /// of it stays in the cache.
    ///
    /// - Parameter loss: Computes the loss of the part of the given number, a scalar.
    package func gradients(
        _ store: ParameterStore<Scalar>, training trained: [ParameterID]? = nil, parts: Int,
        loss: @escaping (Int, ForwardPass<Scalar>) -> Variable
    ) -> (loss: Scalar, gradients: [Tensor<Scalar>]) {
        let sums = PerWorker<Part?>(repeating: nil, count: pool.count)
        pool.run { [pool, tapes] worker in
            let tape = tapes[worker]
            for part in pool.share(of: parts, for: worker) {
                let pass = ForwardPass(store, training: trained, on: tape)
                let output = loss(part, pass)
                tape.backward(from: output)
                let done = Part(loss: tape[output].scalar, gradients: pass.takeGradients())
                tape.reset()  // lets go of the parameters: who changes them next need not copy them
                guard sums[worker] != nil else {
                    sums[worker] = done
                    continue
                }
                sums[worker]?.add(done, recyclingInto: tape)
            }
        }
        return addUp(sums)
    }

    /// Gives gradients back, so that the next step finds their memory.
    package func recycle(_ gradients: [Tensor<Scalar>]) {
        for gradient in gradients { tapes[summingWorker].recycle(gradient) }
    }

    private struct Part {
        var loss: Scalar
        var gradients: [Tensor<Scalar>]

        mutating func add(_ other: Part, recyclingInto tape: Tape<Scalar>) {
            loss += other.loss
            for (index, gradient) in other.gradients.enumerated() {
                gradients[index].elements.withUnsafeMutableBufferPointer { sum in
                    gradient.elements.withUnsafeBufferPointer { Scalar.axpy(1, $0, into: sum) }
                }
                tape.recycle(gradient)
            }
        }
    }

    /// The sum, in the order of the workers. The parts are taken out, so that the first can grow
    /// in its place.
    private func addUp(_ parts: PerWorker<Part?>) -> (Scalar, [Tensor<Scalar>]) {
        // Fewer parts than workers leave some of them without.
        guard let first = (0..<pool.count).first(where: { parts[$0] != nil }),
            var sum = parts[first].take()
        else { preconditionFailure("a batch without parts") }
        summingWorker = first
        for worker in first + 1..<max(first + 1, pool.count) {
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
