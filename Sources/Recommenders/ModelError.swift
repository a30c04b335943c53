import NeuralNetwork
import Tensor

/// Why a model can't be trained on this data or loaded from these weights.
package enum ModelError: Error, Equatable {
    case unknownSetting(String)
    case invalidSetting(String, value: Double)
    /// More items than the model can hold; another model serves such a catalogue.
    case tooManyItems(Int, maximum: Int)
    /// Nobody did anything with positive strength.
    case nothingToLearnFrom
    case wrongShape(parameter: String, expected: [Int], found: [Int])
    case notFinite(parameter: String)
    /// A combination needs two models or more; these are there.
    case tooFewComponents([String])
    /// A combination rests on this model.
    case missingComponent(String)
}

extension Safetensors {
    /// A parameter's numbers, after its shape and finiteness were checked.
    func checkedFloats(_ name: String, shape: [Int]) throws -> [Float] {
        let entry = try entry(name)
        guard entry.shape == shape else {
            throw ModelError.wrongShape(parameter: name, expected: shape, found: entry.shape)
        }
        let floats = try entry.floats()
        guard floats.allSatisfy(\.isFinite) else { throw ModelError.notFinite(parameter: name) }
        return floats
    }
}

extension ParameterStore<Float> {
    /// Takes all parameters from the weights.
    mutating func load(_ weights: Safetensors) throws {
        for (id, name) in zip(ids, names) {
            let shape = self[id].shape
            self[id] = Tensor(
                shape: shape, elements: try weights.checkedFloats(name, shape: shape))
        }
    }
}
