import Support
import Tensor

/// A fully connected layer, y = x Wᵀ + b.
package struct Linear: Sendable {
    /// `[outputSize × inputSize]`
    package let weight: ParameterID
    /// `[outputSize]`
    package let bias: ParameterID

    /// Adds `name.weight` and `name.bias` to the store.
    package init<Scalar>(
        _ name: String, inputSize: Int, outputSize: Int, weight: Initializer, bias: Initializer,
        in store: inout ParameterStore<Scalar>, random: inout RandomSource
    ) {
        self.weight = store.add(
            name + ".weight", weight.makeTensor([outputSize, inputSize], random: &random))
        self.bias = store.add(name + ".bias", bias.makeTensor([outputSize], random: &random))
    }

    /// - Parameter x: `[rows × inputSize]`
    /// - Returns: `[rows × outputSize]`
    package func callAsFunction<Scalar>(_ x: Variable, in pass: ForwardPass<Scalar>) -> Variable {
        pass.tape.linear(x, weight: pass[weight], bias: pass[bias])
    }
}

/// A fully connected layer on sparse input, y = x E + b: weighted sums of table rows.
package struct EmbeddingBag: Sendable {
    /// `[inputSize × outputSize]`: the transpose of a `Linear` layer's, so that a row is an item.
    package let table: ParameterID
    /// `[outputSize]`
    package let bias: ParameterID

    /// Adds `name.weight` and `name.bias` to the store.
    package init<Scalar>(
        _ name: String, inputSize: Int, outputSize: Int, weight: Initializer, bias: Initializer,
        in store: inout ParameterStore<Scalar>, random: inout RandomSource
    ) {
        table = store.add(
            name + ".weight", weight.makeTensor([inputSize, outputSize], random: &random))
        self.bias = store.add(name + ".bias", bias.makeTensor([outputSize], random: &random))
    }

    /// - Parameter bags: `[rows × inputSize]`, sparse
    /// - Returns: `[rows × outputSize]`
    package func callAsFunction<Scalar>(
        _ bags: SparseRows<Scalar>, in pass: ForwardPass<Scalar>
    ) -> Variable {
        pass.tape.addBias(pass[bias], to: pass.tape.embeddingBag(bags, table: pass[table]))
    }
}

/// A table of rows, one for each item, position or the like.
package struct Embedding: Sendable {
    /// `[count × width]`
    package let table: ParameterID

    /// Adds `name.weight` to the store.
    package init<Scalar>(
        _ name: String, count: Int, width: Int, weight: Initializer,
        in store: inout ParameterStore<Scalar>, random: inout RandomSource
    ) {
        table = store.add(name + ".weight", weight.makeTensor([count, width], random: &random))
    }

    /// Some of the rows, each times the scale.
    ///
    /// - Parameter rows: in `0..<count`
    /// - Returns: `[rows.count × width]`
    package func callAsFunction<Scalar>(
        _ rows: [Int32], times scale: Scalar = 1, in pass: ForwardPass<Scalar>
    ) -> Variable {
        pass.tape.rows(rows, of: pass[table], times: scale)
    }
}

/// Layer normalisation with a gain and a bias.
package struct LayerNorm: Sendable {
    /// `[width]`
    package let gain: ParameterID
    /// `[width]`
    package let bias: ParameterID

    /// Adds `name.weight`, at 1, and `name.bias`, at 0, to the store.
    package init<Scalar>(_ name: String, width: Int, in store: inout ParameterStore<Scalar>) {
        gain = store.add(
            name + ".weight", Tensor(shape: [width], elements: Array(repeating: 1, count: width)))
        bias = store.add(name + ".bias", Tensor(zeros: [width]))
    }

    /// - Parameter x: `[rows × width]`
    /// - Returns: `[rows × width]`
    package func callAsFunction<Scalar>(_ x: Variable, in pass: ForwardPass<Scalar>) -> Variable {
        pass.tape.layerNorm(x, gain: pass[gain], bias: pass[bias])
    }
}
