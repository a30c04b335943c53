/// A value on a tape.
package struct Variable: Hashable, Sendable {
    let index: Int
}

/// Reverse-mode differentiation: operations are recorded as they are computed, then run backwards.
///
/// Operations are coarse (a layer, a loss), each in a file of its own, with its derivative beside
/// it; so the tape costs nothing next to what it records. Inputs that need no gradient get none.
///
/// Reference: Griewank & Walther, "Evaluating Derivatives", 2nd ed., chapter 3.
///
/// A tape belongs to one thread. `reset` makes it ready for the next step and keeps the memory.
package final class Tape<Scalar: TensorScalar> {
    /// Adds to the gradients of an operation's inputs, given that of its output.
    typealias Backward = (_ tape: Tape, _ dOutput: Tensor<Scalar>) -> Void

    struct Node {
        let value: Tensor<Scalar>
        var gradient: Tensor<Scalar>?
        let needsGradient: Bool
        /// Whether the value was made here, so that its memory may serve again.
        let isOwned: Bool
        let backward: Backward?
    }

    private(set) var nodes: [Node] = []
    private var memory = RecycledMemory<Scalar>()
    private let isRecording: Bool
    /// Whether linear layers may round what they multiply (`MatrixProduct.mayRound`).
    let mayRound: Bool

    /// - Parameters:
    ///   - isRecording: False for inference: nothing will be differentiated.
    ///   - mayRound: Whether linear layers may multiply factors that are rounded to bfloat16.
    package init(isRecording: Bool = true, mayRound: Bool = false) {
        self.isRecording = isRecording
        self.mayRound = mayRound
    }

    /// Puts a value on the tape that needs no gradient.
    package func constant(_ value: Tensor<Scalar>) -> Variable {
        append(value, needsGradient: false, isOwned: false)
    }

    /// Puts a value on the tape whose gradient is wanted.
    package func parameter(_ value: Tensor<Scalar>) -> Variable {
        append(value, needsGradient: isRecording, isOwned: false)
    }

    package subscript(_ variable: Variable) -> Tensor<Scalar> {
        nodes[variable.index].value
    }

    /// Runs the tape backwards from an output.
    ///
    /// - Parameter cotangent: The derivative of what is minimised by the output, of the output's
    ///   shape; 1 for a loss.
    /// - Precondition: the tape records.
    package func backward(from output: Variable, cotangent: Tensor<Scalar> = Tensor(scalar: 1)) {
        precondition(isRecording, "this tape is for inference")
        precondition(
            cotangent.shape == self[output].shape,
            "cotangent \(cotangent.shape) of an output \(self[output].shape)")
        nodes[output.index].gradient = cotangent
        for index in nodes.indices.prefix(through: output.index).reversed() {
            guard let backward = nodes[index].backward, let dOutput = nodes[index].gradient else {
                continue
            }
            backward(self, dOutput)
            // Read for the last time: the memory serves the next ones.
            nodes[index].gradient = nil
            recycle(dOutput)
        }
    }

    /// Takes the gradient of a parameter after `backward`; zero where the output doesn't depend on
    /// it. `recycle` gives its memory back.
    package func takeGradient(of parameter: Variable) -> Tensor<Scalar> {
        nodes[parameter.index].gradient.take()
            ?? makeTensor(self[parameter].shape) { $0.update(repeating: 0) }
    }

    /// Forgets everything but the memory.
    package func reset() {
        let finished = nodes
        nodes.removeAll(keepingCapacity: true)
        for node in finished {
            if let gradient = node.gradient { recycle(gradient) }
            if node.isOwned { recycle(node.value) }
        }
    }

    /// Takes memory that nobody reads any more, for the next tensors of that size.
    package func recycle(_ tensor: Tensor<Scalar>) {
        memory.give(tensor.elements)
    }

    private func append(
        _ value: Tensor<Scalar>, needsGradient: Bool, isOwned: Bool, backward: Backward? = nil
    ) -> Variable {
        nodes.append(
            Node(
                value: value, needsGradient: needsGradient, isOwned: isOwned, backward: backward))
        return Variable(index: nodes.count - 1)
    }
}

// What the operations are made with.
extension Tape {
    /// Puts an operation's output on the tape.
    func record(
        _ output: Tensor<Scalar>, from inputs: [Variable], backward: @escaping Backward
    ) -> Variable {
        let needsGradient = inputs.contains { nodes[$0.index].needsGradient }
        return append(
            output, needsGradient: needsGradient, isOwned: true,
            backward: needsGradient ? backward : nil)
    }

    /// Keeps what an operation's derivative needs besides its inputs and output.
    func keep(_ value: Tensor<Scalar>) -> Variable {
        append(value, needsGradient: false, isOwned: true)
    }

    /// A tensor for `fill` to write; what is in it before is arbitrary.
    func makeTensor(
        _ shape: [Int], fill: (UnsafeMutableBufferPointer<Scalar>) -> Void
    ) -> Tensor<Scalar> {
        var elements = memory.take(count: shape.reduce(1, *))
        elements.withUnsafeMutableBufferPointer { fill($0) }
        return Tensor(shape: shape, elements: elements)
    }

    /// Lets `body` add to the gradient of an input, if that is wanted.
    ///
    /// - Parameter body: Gets the buffer, and whether there was nothing in it: then what is in
    ///   it is arbitrary and must be overwritten.
    func withGradient(
        of variable: Variable, _ body: (UnsafeMutableBufferPointer<Scalar>, _ isFresh: Bool) -> Void
    ) {
        guard nodes[variable.index].needsGradient else { return }
        // Taken out while it is changed: `body` reads the tape.
        guard var gradient = nodes[variable.index].gradient.take() else {
            nodes[variable.index].gradient = makeTensor(self[variable].shape) { body($0, true) }
            return
        }
        gradient.elements.withUnsafeMutableBufferPointer { body($0, false) }
        nodes[variable.index].gradient = gradient
    }

    /// The same for a `body` that can only add: the buffer is zero where it was fresh.
    func addGradient(to variable: Variable, _ body: (UnsafeMutableBufferPointer<Scalar>) -> Void) {
        withGradient(of: variable) { buffer, isFresh in
            if isFresh { buffer.setToZero() }
            body(buffer)
        }
    }

    /// The same for several inputs that one pass adds to; what it adds for those that need no
    /// gradient is thrown away.
    ///
    /// - Precondition: the variables are distinct.
    func addGradients(
        to variables: [Variable], _ body: ([UnsafeMutableBufferPointer<Scalar>]) -> Void
    ) {
        addGradients(to: variables[...], collected: [], body)
    }

    private func addGradients(
        to variables: ArraySlice<Variable>, collected: [UnsafeMutableBufferPointer<Scalar>],
        _ body: ([UnsafeMutableBufferPointer<Scalar>]) -> Void
    ) {
        guard let first = variables.first else { return body(collected) }
        guard nodes[first.index].needsGradient else {
            let unwanted = makeTensor(self[first].shape) { buffer in
                buffer.setToZero()
                addGradients(to: variables.dropFirst(), collected: collected + [buffer], body)
            }
            return recycle(unwanted)
        }
        addGradient(to: first) { buffer in
            addGradients(to: variables.dropFirst(), collected: collected + [buffer], body)
        }
    }
}
