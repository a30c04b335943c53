extension Tape {
    /// Zeros and ones with the given probabilities, differentiable by the straight-through
    /// estimator: the derivative takes the sample for its probability.
    ///
    ///     output = 1 where u < p, else 0;   dp = dOutput
    ///
    /// Reference: Bengio, Léonard & Courville, "Estimating or Propagating Gradients Through
    /// Stochastic Neurons for Conditional Computation", 2013, section 4.
    ///
    /// - Parameters:
    ///   - probabilities: p, of any shape
    ///   - uniform: u, of the same shape, drawn uniformly from [0, 1)
    /// - Returns: the shape of p
    package func bernoulliSample(_ probabilities: Variable, uniform: Tensor<Scalar>) -> Variable {
        let shape = self[probabilities].shape
        precondition(uniform.shape == shape, "uniform \(uniform.shape) for \(shape)")
        let sample = zip(self[probabilities].elements, uniform.elements)
            .map { $1 < $0 ? Scalar(1) : 0 }
        let output = makeTensor(shape) { output in
            sample.withUnsafeBufferPointer { output.copy($0) }
        }
        return record(output, from: [probabilities]) { tape, dOutput in
            tape.addGradient(to: probabilities) { dProbabilities in
                dOutput.withElements { Scalar.axpy(1, $0, into: dProbabilities) }
            }
        }
    }
}
