import Support
import Tensor

/// A parameter's place in its store.
package struct ParameterID: Hashable, Sendable {
    let index: Int
}

/// The named parameters of a network: what an optimizer changes and a checkpoint holds.
///
/// A value: a copy shares the numbers with the original until training goes on, and so is a
/// snapshot for free.
package struct ParameterStore<Scalar: TensorScalar>: Sendable {
    package private(set) var names: [String] = []
    package private(set) var tensors: [Tensor<Scalar>] = []

    package init() {}

    package var ids: [ParameterID] { names.indices.map(ParameterID.init(index:)) }

    /// - Precondition: the name is new.
    package mutating func add(_ name: String, _ tensor: Tensor<Scalar>) -> ParameterID {
        precondition(!names.contains(name), "two parameters are called \(name)")
        names.append(name)
        tensors.append(tensor)
        return ParameterID(index: names.count - 1)
    }

    package subscript(_ id: ParameterID) -> Tensor<Scalar> {
        get { tensors[id.index] }
        set {
            precondition(newValue.shape == tensors[id.index].shape, "\(names[id.index]) reshaped")
            tensors[id.index] = newValue
        }
    }

    /// What the parameter is called in a checkpoint.
    package func name(of id: ParameterID) -> String { names[id.index] }

    /// The store with another tensor in a parameter's place, of any shape: such as the rows of a
    /// table that a batch reads.
    package func replacing(_ id: ParameterID, with tensor: Tensor<Scalar>) -> ParameterStore {
        var copy = self
        copy.tensors[id.index] = tensor
        return copy
    }

    /// The store with an empty table in a table's place, which is held elsewhere.
    package func withoutRows(of id: ParameterID) -> ParameterStore {
        replacing(id, with: Tensor(zeros: [0, self[id].columnCount]))
    }

    /// Moves each number towards the other store's: a running mean of weights.
    ///
    ///     w ← d w + (1 − d) w′
    ///
    /// Reference: Polyak & Juditsky, "Acceleration of Stochastic Approximation by Averaging", SIAM
    /// Journal on Control and Optimization 30, 1992; here with a decay.
    ///
    /// - Precondition: the same parameters.
    package mutating func average(with other: ParameterStore, decay: Scalar) {
        precondition(names == other.names, "parameters of another network")
        for id in ids {
            other[id].elements.withUnsafeBufferPointer { newest in
                withElements(of: id) { mean in
                    Scalar.axpy(decay - 1, UnsafeBufferPointer(mean), into: mean)
                    Scalar.axpy(1 - decay, newest, into: mean)
                }
            }
        }
    }

    /// Lets `body` change the numbers of the parameter.
    mutating func withElements<Result>(
        of id: ParameterID, _ body: (UnsafeMutableBufferPointer<Scalar>) throws -> Result
    ) rethrows -> Result {
        try tensors[id.index].elements.withUnsafeMutableBufferPointer { try body($0) }
    }
}

extension ParameterStore<Float> {
    /// The parameters as they go into a checkpoint.
    package func entries() -> [Safetensors.Entry] {
        zip(names, tensors).map {
            Safetensors.Entry(name: $0, shape: $1.shape, floats: $1.elements)
        }
    }
}

/// Parameters on a tape: what layers compute with.
package struct ForwardPass<Scalar: TensorScalar> {
    package let tape: Tape<Scalar>
    let parameters: [Variable]
    private let trained: [ParameterID]

    /// - Parameter trained: Whose gradients are wanted; nil for all.
    package init(
        _ store: ParameterStore<Scalar>, training trained: [ParameterID]? = nil,
        on tape: Tape<Scalar>
    ) {
        let wanted = Set(trained ?? store.ids)
        self.tape = tape
        self.trained = trained ?? store.ids
        parameters = store.ids.map { id in
            wanted.contains(id) ? tape.parameter(store[id]) : tape.constant(store[id])
        }
    }

    /// - Parameter parameters: What is on the tape for the store's parameters, in its order.
    package init(_ parameters: [Variable], on tape: Tape<Scalar>) {
        self.tape = tape
        self.parameters = parameters
        trained = parameters.indices.map(ParameterID.init(index:))
    }

    package subscript(_ id: ParameterID) -> Variable { parameters[id.index] }

    /// Takes the gradients of the trained parameters from the tape after it ran backwards, in their
    /// order.
    package func takeGradients() -> [Tensor<Scalar>] {
        trained.map { tape.takeGradient(of: self[$0]) }
    }
}
