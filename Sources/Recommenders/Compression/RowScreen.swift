import Tensor

/// Finds the rows of a table with the largest inner products without reading all of it: products
/// with a copy that is rounded to bytes, a quarter of the memory, say which rows can be among the
/// best, and only those are multiplied exactly.
///
/// With x̃ for a rounded row and ṽ for the rounded vector
///
///     |v·x − ṽ·x̃| ≤ b = ‖v‖ max ‖x − x̃‖ + ‖v − ṽ‖ max ‖x̃‖
///
/// so whatever lies more than 2b below the k-th best rounded product isn't one of the best k. The
/// answer is that of the exact products, within rounding.
///
/// Reference: Seidl & Kriegel, "Optimal Multi-Step k-Nearest Neighbor Search", SIGMOD 1998.
struct RowScreen: Sendable {
    /// `[rows × width]`
    private let table: Tensor<Float>
    private let rounded: ByteRows
    /// max ‖x − x̃‖
    private let largestError: Float
    /// max of ‖x‖ and ‖x̃‖
    private let largestNorm: Float

    /// Nil where the table has a number that isn't finite.
    init?(_ table: Tensor<Float>) {
        guard table.elements.allSatisfy(\.isFinite) else { return nil }
        self.table = table
        rounded = ByteRows(rounding: table)
        let width = table.columnCount
        var largest = (error: Float(0), norm: Float(0))
        var row: [Float] = []
        for index in 0..<table.rowCount {
            row.removeAll(keepingCapacity: true)
            rounded.copyRow(index, times: 1, to: &row)
            var squares = (error: Float(0), exact: Float(0), rounded: Float(0))
            for (x, y) in zip(table.elements[index * width..<(index + 1) * width], row) {
                squares.error += (x - y) * (x - y)
                squares.exact += x * x
                squares.rounded += y * y
            }
            largest.error = max(largest.error, squares.error.squareRoot())
            largest.norm = max(largest.norm, max(squares.exact, squares.rounded).squareRoot())
        }
        (largestError, largestNorm) = largest
    }

    /// The best `k` rows by `factor (v·x)`, best first; of equal ones the lower row comes first.
    ///
    /// - Parameters:
    ///   - vector: v, `[width]`, finite.
    ///   - isHidden: Rows that aren't asked for.
    func best(
        _ k: Int, of vector: [Float], times factor: Float, isHidden: (Int) -> Bool
    ) -> [(row: Int, score: Float)] {
        let rough = roughProducts(vector, factor)
        let candidates = rough.withUnsafeBufferPointer { rough in
            let front = topK(rough, k: k, isHidden: isHidden)
            let limit = (front.last?.score ?? .infinity) - 2 * abs(factor) * bound(of: vector)
            return rows(of: rough, above: limit.nextDown, isHidden)
        }
        let exact = exactProducts(vector, factor, of: candidates)
        return exact.withUnsafeBufferPointer { exact in
            topK(exact, k: k) { _ in false }.map { (row: candidates[$0.row], score: $0.score) }
        }
    }

    private func rows(
        of products: UnsafeBufferPointer<Float>, above limit: Float, _ isHidden: (Int) -> Bool
    ) -> [Int] {
        var rows: [Int] = []
        rows.reserveCapacity(64)
        var row = Float.firstIndex(above: limit, in: products)
        while row < products.count {
            if !isHidden(row) { rows.append(row) }
            row += 1
            row += Float.firstIndex(above: limit, in: .init(rebasing: products[row...]))
        }
        return rows
    }

    /// b, with what Float32 adds to it.
    private func bound(of vector: [Float]) -> Float {
        let width = Float(vector.count)
        let norm = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
        let step = rounded.step(of: vector)
        let ofFloat = (width + 8) * Float.ulpOfOne
        return norm * (largestError + ofFloat * largestNorm)
            + width.squareRoot() * step / 2 * largestNorm
    }

    private func roughProducts(_ vector: [Float], _ factor: Float) -> [Float] {
        let count = rounded.rowCount
        return [Float](unsafeUninitializedCapacity: count) { products, initialized in
            initialized = count
            guard let first = products.baseAddress else { return }
            vector.withUnsafeBufferPointer {
                rounded.products(with: $0, count: 1, times: factor, into: first, stride: count)
            }
        }
    }

    private func exactProducts(_ vector: [Float], _ factor: Float, of rows: [Int]) -> [Float] {
        let width = table.columnCount
        var gathered: [Float] = []
        gathered.reserveCapacity(rows.count * width)
        for row in rows { gathered += table.elements[row * width..<(row + 1) * width] }
        return ItemVectors.products(
            vector, count: 1, times: factor,
            with: [.floats(Tensor(shape: [rows.count, width], elements: gathered))])
    }
}
