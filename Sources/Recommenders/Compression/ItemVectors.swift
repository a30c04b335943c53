import NeuralNetwork
import Tensor

/// What a user's vector is multiplied with to score items: their vectors as they were learned, or
/// rounded to bytes.
enum ItemVectors: Sendable {
    /// `[items × width]`
    case floats(Tensor<Float>)
    case bytes(ByteRows)

    /// - Parameter isRounded: Whether they are to be bytes.
    init(_ table: Tensor<Float>, isRounded: Bool) {
        self = isRounded ? .bytes(ByteRows(rounding: table)) : .floats(table)
    }

    /// - Throws: `ModelError` or `SafetensorsError` where the checkpoint has no such table.
    init(_ name: String, shape: [Int], isRounded: Bool, from weights: Safetensors) throws {
        if isRounded {
            self = .bytes(try ByteRows(name, shape: shape, from: weights))
        } else {
            let elements = try weights.checkedFloats(name, shape: shape)
            self = .floats(Tensor(shape: shape, elements: elements))
        }
    }

    var rowCount: Int {
        switch self {
        case .floats(let table): table.rowCount
        case .bytes(let table): table.rowCount
        }
    }

    func entries(_ name: String) -> [Safetensors.Entry] {
        switch self {
        case .floats(let table):
            [Safetensors.Entry(name: name, shape: table.shape, floats: table.elements)]
        case .bytes(let table): table.entries(name)
        }
    }

    /// With more rows, `[more × width]`, behind its own.
    func appending(_ rows: [Float]) -> ItemVectors {
        switch self {
        case .floats(let table):
            let width = table.columnCount
            return .floats(
                Tensor(
                    shape: [table.rowCount + rows.count / width, width],
                    elements: table.elements + rows))
        case .bytes(var table):
            table.append(rows)
            return .bytes(table)
        }
    }

    /// Adds a row times a factor to the end of an array.
    func copyRow(_ row: Int, times factor: Float, to numbers: inout [Float]) {
        switch self {
        case .floats(let table):
            let width = table.columnCount
            for x in table.elements[row * width..<(row + 1) * width] {
                numbers.append(factor * x)
            }
        case .bytes(let table): table.copyRow(row, times: factor, to: &numbers)
        }
    }

    /// Inner products with all rows of some tables, one table after the other.
    ///
    /// - Parameters:
    ///   - encodings: `[count × width]`
    ///   - factor: What each product is multiplied with.
    /// - Returns: `[count × rows of all tables]`
    static func products(
        _ encodings: [Float], count: Int, times factor: Float = 1, with tables: [ItemVectors]
    ) -> [Float] {
        let stride = tables.reduce(0) { $0 + $1.rowCount }
        return [Float](unsafeUninitializedCapacity: count * stride) { scores, initialized in
            initialized = count * stride
            guard let first = scores.baseAddress, initialized > 0 else { return }
            var column = 0
            encodings.withUnsafeBufferPointer { encodings in
                for table in tables where table.rowCount > 0 {
                    table.products(
                        encodings, count: count, times: factor, into: first + column,
                        stride: stride)
                    column += table.rowCount
                }
            }
        }
    }

    private func products(
        _ encodings: UnsafeBufferPointer<Float>, count: Int, times factor: Float,
        into scores: UnsafeMutablePointer<Float>, stride: Int
    ) {
        switch self {
        case .bytes(let table):
            table.products(
                with: encodings, count: count, times: factor, into: scores, stride: stride)
        case .floats(let table):
            let (rows, width) = (table.rowCount, table.columnCount)
            // Rows that lie apart are made one by one.
            let height = stride == rows ? count : 1
            let product = MatrixProduct<Float>(
                rows: height, columns: rows, inner: width, transposeB: true, alpha: factor)
            table.elements.withUnsafeBufferPointer { table in
                for start in Swift.stride(from: 0, to: count, by: max(height, 1)) {
                    let part = encodings[start * width..<(start + height) * width]
                    Float.multiply(
                        product, .init(rebasing: part), table,
                        into: .init(start: scores + start * stride, count: height * rows))
                }
            }
        }
    }
}
