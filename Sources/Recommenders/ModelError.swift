import NeuralNetwork
import Tensor

/// Why a model can't be trained on this data or loaded from these weights.
package enum ModelError: Error, Equatable {
    case unknownSetting(String)
    case invalidSetting(String, value: Double)
    /// More items than the model can hold; another model serves such a catalogue.
    case tooManyItems(Int, maximum: Int)
    /// More items than made-up users can be drawn of.
    case tooManyItemsToAugment(Int, maximum: Int)
    /// The model reads what items are, and nothing is known of any.
    case noItemContents
    /// Nobody did anything with positive strength.
    case nothingToLearnFrom
    case wrongShape(parameter: String, expected: [Int], found: [Int])
    case notFinite(parameter: String)
    /// A combination needs two models or more; these are there.
    case tooFewComponents([String])
    /// A combination rests on this model.
    case missingComponent(String)
    /// Numbers of rows or columns that don't fit together.
    case wrongIndices(parameter: String)
}

extension ModelError: CustomStringConvertible {
    /// What a job's result or the command line says: what is wrong, and what to do where there is
    /// something.
    package var description: String {
        switch self {
        case .unknownSetting(let key): "it has no setting named \(key)"
        case .invalidSetting(let key, let value):
            "its setting \(key) is missing, out of range or not whole: \(value)"
        case .tooManyItems(let count, let maximum):
            "\(count) items are more than it takes: its setting maxItems is \(maximum). Raise that "
                + "where there is memory for it, or train a model without such a bound "
                + "(itemknn, dnn, transformer)"
        case .tooManyItemsToAugment(let count, let maximum):
            "its setting augmentation takes up to \(maximum) items, and there are \(count): set it "
                + "to 0"
        case .noItemContents:
            "it reads what items are, and no item has a category, title, attribute or embedding: "
                + "declare them through PUT /v1/items/{item} or POST /v1/items"
        case .nothingToLearnFrom: "nobody did anything positive in its data"
        case .wrongShape(let parameter, let expected, let found):
            "\(parameter) has shape \(found) in place of \(expected)"
        case .notFinite(let parameter): "\(parameter) holds what is no finite number"
        case .tooFewComponents(let names):
            "a combination needs two models or more in service, and there is "
                + (names.isEmpty ? "none" : names.joined(separator: ", "))
        case .missingComponent(let name): "it rests on \(name), which isn't there"
        case .wrongIndices(let parameter):
            "\(parameter) holds numbers that can't be rows or columns"
        }
    }
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
    /// Takes all parameters from the weights, save those that stay as they are here.
    mutating func load(_ weights: Safetensors, except left: Set<ParameterID> = []) throws {
        let weights = try weights.expanded()
        for (id, name) in zip(ids, names) where !left.contains(id) {
            let shape = self[id].shape
            self[id] = Tensor(
                shape: shape, elements: try weights.checkedFloats(name, shape: shape))
        }
    }
}
