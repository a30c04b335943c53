import NeuralNetwork

/// A matrix by its rows' non-zero elements (CSR), as the neighbourhood models hold it.
///
/// Row `r` has `weights[k]` in column `columns[k]` for each k in `offsets[r]..<offsets[r + 1]`.
struct SparseMatrix: Sendable, Equatable {
    /// A non-zero element of a row.
    typealias Element = (column: Int32, weight: Float)

    let columnCount: Int
    private(set) var offsets: [Int] = [0]
    private(set) var columns: [Int32] = []
    private(set) var weights: [Float] = []

    init(columnCount: Int) {
        self.columnCount = columnCount
    }

    init(rows: [[Element]], columnCount: Int) {
        self.init(columnCount: columnCount)
        let count = rows.reduce(0) { $0 + $1.count }
        offsets.reserveCapacity(rows.count + 1)
        columns.reserveCapacity(count)
        weights.reserveCapacity(count)
        for row in rows { appendRow(row) }
    }

    var rowCount: Int { offsets.count - 1 }
    /// How many elements are not zero.
    var count: Int { columns.count }

    /// - Precondition: the columns are in `0..<columnCount`.
    mutating func appendRow(_ row: [Element]) {
        for (column, weight) in row {
            precondition(
                column >= 0 && column < columnCount, "column \(column) of \(columnCount)")
            columns.append(column)
            weights.append(weight)
        }
        offsets.append(columns.count)
    }

    func range(of row: Int) -> Range<Int> { offsets[row]..<offsets[row + 1] }

    /// The columns and weights exchanged with the rows; each row's columns ascend.
    ///
    /// - Complexity: O(rows + columns + elements).
    func transposed() -> SparseMatrix {
        var ends = [Int](repeating: 0, count: columnCount + 1)
        for column in columns { ends[Int(column) + 1] += 1 }
        for column in 0..<columnCount { ends[column + 1] += ends[column] }
        var result = SparseMatrix(columnCount: rowCount)
        result.offsets = ends
        result.columns = Array(repeating: 0, count: count)
        result.weights = Array(repeating: 0, count: count)
        for row in 0..<rowCount {
            for place in range(of: row) {
                let column = Int(columns[place])
                result.columns[ends[column]] = Int32(row)
                result.weights[ends[column]] = weights[place]
                ends[column] += 1
            }
        }
        return result
    }

    /// Adds `factor · row` to a dense vector.
    ///
    /// - Parameter sums: `[columnCount]`.
    func add(row: Int, times factor: Float, to sums: UnsafeMutableBufferPointer<Float>) {
        precondition(sums.count == columnCount, "\(sums.count) sums for \(columnCount) columns")
        columns.withUnsafeBufferPointer { columns in
            weights.withUnsafeBufferPointer { weights in
                for place in range(of: row) {
                    sums[Int(columns[place])] += factor * weights[place]
                }
            }
        }
    }

    /// A row's product with a dense vector, `[columnCount]`.
    func dot(row: Int, _ vector: UnsafeBufferPointer<Float>) -> Float {
        precondition(vector.count == columnCount, "\(vector.count) for \(columnCount) columns")
        return columns.withUnsafeBufferPointer { columns in
            weights.withUnsafeBufferPointer { weights in
                range(of: row).reduce(into: Float(0)) { sum, place in
                    sum += weights[place] * vector[Int(columns[place])]
                }
            }
        }
    }
}

extension SparseMatrix {
    /// As safetensors: `name.offsets`, `[rows + 1]`, `name.columns` and `name.weights`.
    func entries(_ name: String) -> [Safetensors.Entry] {
        [
            Safetensors.Entry(
                name: "\(name).offsets", shape: [offsets.count], int64s: offsets.map(Int64.init)),
            Safetensors.Entry(name: "\(name).columns", shape: [count], int32s: columns),
            Safetensors.Entry(name: "\(name).weights", shape: [count], floats: weights),
        ]
    }

    /// Reads what `entries` wrote; the file may come from anywhere.
    ///
    /// - Throws: `ModelError` or `SafetensorsError` where it is no such matrix.
    init(_ name: String, rowCount: Int, columnCount: Int, from file: Safetensors) throws {
        let offsets = try file.entry("\(name).offsets")
        guard offsets.shape == [rowCount + 1] else {
            throw ModelError.wrongShape(
                parameter: offsets.name, expected: [rowCount + 1], found: offsets.shape)
        }
        self.columnCount = columnCount
        self.offsets = try offsets.int64s().map(Int.init)
        columns = try file.entry("\(name).columns").int32s()
        weights = try file.checkedFloats("\(name).weights", shape: [columns.count])
        guard self.offsets.first == 0, self.offsets.last == columns.count,
            zip(self.offsets, self.offsets.dropFirst()).allSatisfy({ $0 <= $1 })
        else { throw ModelError.wrongIndices(parameter: offsets.name) }
        guard columns.allSatisfy({ $0 >= 0 && Int($0) < columnCount }) else {
            throw ModelError.wrongIndices(parameter: "\(name).columns")
        }
    }
}
