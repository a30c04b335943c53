import NeuralNetwork
import Tensor

/// A matrix in a checkpoint without its zeros: `name.mask`, a bit for each element, those of a byte
/// from the lowest on; `name.values`, the elements whose bit is 1, in their order; `name.shape`.
enum SparseEntries {
    static let maskSuffix = ".mask"
    static let valuesSuffix = ".values"
    static let shapeSuffix = ".shape"

    /// The matrix in the smaller one of the two forms.
    static func smallest(_ name: String, _ matrix: Tensor<Float>) -> [Safetensors.Entry] {
        let (shape, values) = (matrix.shape, matrix.elements.filter { $0 != 0 })
        let maskSize = (matrix.count + 7) / 8
        guard maskSize + 4 * values.count + 8 * shape.count < 4 * matrix.count else {
            return [Safetensors.Entry(name: name, shape: shape, floats: matrix.elements)]
        }
        var mask = [UInt8](repeating: 0, count: maskSize)
        for (place, x) in matrix.elements.enumerated() where x != 0 {
            mask[place / 8] |= 1 << (place % 8)
        }
        return [
            Safetensors.Entry(
                name: name + shapeSuffix, shape: [shape.count], int64s: shape.map(Int64.init)),
            Safetensors.Entry(name: name + valuesSuffix, shape: [values.count], floats: values),
            Safetensors.Entry(
                name: name + maskSuffix, dtype: .u8, shape: [maskSize], bytes: mask),
        ]
    }

    /// The matrix with its zeros; the file may come from anywhere.
    ///
    /// - Throws: `ModelError` or `SafetensorsError` where the parts don't fit together.
    static func dense(_ name: String, from weights: Safetensors) throws -> Safetensors.Entry {
        let mask = try weights.entry(name + maskSuffix).bytes
        let shapeEntry = try weights.entry(name + shapeSuffix)
        let shape = try shapeEntry.int64s().map(Int.init)
        let valuesName = name + valuesSuffix
        let values = try weights.checkedFloats(
            valuesName, shape: try weights.entry(valuesName).shape)
        // As many elements as there are bits, up to the last byte's rest: nothing can be made large.
        guard let count = count(of: shape), mask.count == (count + 7) / 8 else {
            throw ModelError.wrongIndices(parameter: shapeEntry.name)
        }
        let places = (0..<count).filter { mask[$0 / 8] >> ($0 % 8) & 1 == 1 }
        guard places.count == values.count else {
            throw ModelError.wrongIndices(parameter: name + maskSuffix)
        }
        var floats = [Float](repeating: 0, count: count)
        for (place, value) in zip(places, values) { floats[place] = value }
        return Safetensors.Entry(name: name, shape: shape, floats: floats)
    }

    /// Nil where it is negative or too large for a number.
    private static func count(of shape: [Int]) -> Int? {
        var count = 1
        for dimension in shape {
            let (product, overflow) = count.multipliedReportingOverflow(by: dimension)
            guard dimension >= 0, !overflow, product <= Int.max - 7 else { return nil }
            count = product
        }
        return count
    }
}

extension Safetensors {
    /// Every tensor in the form in which a network computes: without rounded and sparse ones.
    ///
    /// - Throws: `ModelError` or `SafetensorsError` where a compressed one is broken.
    func expanded() throws -> Safetensors {
        let rounded = Set(entries.lazy.filter { $0.dtype == .i8 }.map(\.name))
        let sparse = Set(
            entries.lazy.map(\.name).filter { $0.hasSuffix(SparseEntries.maskSuffix) }
                .map { String($0.dropLast(SparseEntries.maskSuffix.count)) })
        guard !rounded.isEmpty || !sparse.isEmpty else { return self }
        let parts = Set(
            rounded.map { $0 + ByteRows.scalesSuffix }
                + sparse.flatMap {
                    [$0 + SparseEntries.valuesSuffix, $0 + SparseEntries.shapeSuffix]
                })
        var expanded = Safetensors(entries: [], metadata: metadata)
        for entry in entries where !parts.contains(entry.name) {
            if rounded.contains(entry.name) {
                let table = try ByteRows(entry.name, shape: entry.shape, from: self).floats
                expanded.entries.append(
                    Entry(name: entry.name, shape: table.shape, floats: table.elements))
            } else if entry.name.hasSuffix(SparseEntries.maskSuffix) {
                let name = String(entry.name.dropLast(SparseEntries.maskSuffix.count))
                expanded.entries.append(try SparseEntries.dense(name, from: self))
            } else {
                expanded.entries.append(entry)
            }
        }
        return expanded
    }
}

extension ParameterStore<Float> {
    /// The parameters as they go into a checkpoint, matrices without their zeros where that is
    /// smaller.
    func entries(withoutZeros: Bool) -> [Safetensors.Entry] {
        guard withoutZeros else { return entries() }
        return zip(names, tensors).flatMap { name, tensor in
            tensor.shape.count == 2
                ? SparseEntries.smallest(name, tensor)
                : [Safetensors.Entry(name: name, shape: tensor.shape, floats: tensor.elements)]
        }
    }
}
