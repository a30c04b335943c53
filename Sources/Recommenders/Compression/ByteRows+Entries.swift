import NeuralNetwork
import Tensor

/// A rounded table in a checkpoint: `name`, I8 `[rows × width]`, and `name.scales`, F32 `[rows]`.
extension ByteRows {
    static let scalesSuffix = ".scales"

    func entries(_ name: String) -> [Safetensors.Entry] {
        [
            Safetensors.Entry(name: name, shape: [rowCount, width], int8s: bytes),
            Safetensors.Entry(
                name: name + Self.scalesSuffix, shape: [rowCount], floats: scales),
        ]
    }

    /// Reads what `entries` wrote; the file may come from anywhere.
    ///
    /// - Throws: `ModelError` or `SafetensorsError` where it is no such table.
    init(_ name: String, shape: [Int], from weights: Safetensors) throws {
        let entry = try weights.entry(name)
        guard entry.shape == shape, shape.count == 2 else {
            throw ModelError.wrongShape(parameter: name, expected: shape, found: entry.shape)
        }
        let scales = try weights.checkedFloats(name + Self.scalesSuffix, shape: [shape[0]])
        self.init(bytes: try entry.int8s(), scales: scales, width: shape[1])
    }
}
