import CKernels
import Support
import Testing

@testable import Tensor

/// Tables rounded to bytes, and the kernels that multiply with them.
@Suite struct ByteRowsTests {
    private func table(_ rows: Int, _ width: Int, seed: UInt64 = 1) -> Tensor<Float> {
        Tensor(shape: [rows, width], elements: drawn(rows * width, seed: seed))
    }

    @Test func roundsEachRowByItsLargestNumber() {
        let table = Tensor<Float>(shape: [3, 2], elements: [2, -1, 0, 0, -0.127, 0.1])
        let rounded = ByteRows(rounding: table)
        #expect(rounded.bytes == [127, -64, 0, 0, -127, 100])  // 63.5 goes to the even one
        #expect(rounded.scales == [2 / 127, 0, 0.127 / 127])
        #expect(rounded.rowCount == 3)
        var numbers: [Float] = [7]
        rounded.copyRow(0, times: 2, to: &numbers)
        let twice: Float = 2 * (2 / 127)
        let expected: [Float] = [7, twice * 127, twice * -64]
        #expect(numbers == expected)
    }

    @Test(arguments: [1, 64, 100])
    func noNumberIsFurtherOffThanHalfALevel(width: Int) {
        let table = table(20, width)
        let rounded = ByteRows(rounding: table)
        for (place, pair) in zip(table.elements, rounded.floats.elements).enumerated() {
            let level: Float = rounded.scales[place / width]
            #expect(abs(pair.0 - pair.1) <= Float(0.5001) * level)
        }
    }

    @Test func tinyRowsAre0() {
        let rounded = ByteRows(
            rounding: Tensor(shape: [1, 2], elements: [.leastNonzeroMagnitude, 1e-31]))
        #expect(rounded.floats.elements == [0, 0])
    }

    @Test func appendedRowsAreThoseOfOneTable() {
        let (first, second) = (table(3, 5), table(2, 5, seed: 2))
        var rounded = ByteRows(rounding: first)
        rounded.append(second.elements)
        let whole = Tensor(shape: [5, 5], elements: first.elements + second.elements)
        #expect(rounded == ByteRows(rounding: whole))
    }

    @Test func unitRowsHaveLengthOne() {
        let table = Tensor<Float>(shape: [3, 2], elements: [3, 4, 0, 0, -5, 12])
        let unit = ByteRows(rounding: table).unitRows
        for row in [0, 2] {
            let square = unit.floats.elements[2 * row..<2 * row + 2].reduce(0) { $0 + $1 * $1 }
            #expect(abs(square - 1) < 1e-6)
        }
        #expect(unit.floats.elements[2...3] == [0, 0])
    }

    /// Within the rounding of the rows: that of the vectors counts for nothing.
    @Test(arguments: [16, 64, 1000])
    func productsAreThoseOfTheRoundedTable(width: Int) {
        let rounded = ByteRows(rounding: table(30, width))
        let vectors = drawn(2 * width, seed: 3)
        let products = products(of: rounded, with: vectors, count: 2, times: 0.5)
        let floats = rounded.floats.elements
        var exact: [Float] = []
        for user in 0..<2 {
            for row in 0..<30 {
                var sum: Float = 0
                for i in 0..<width { sum += vectors[user * width + i] * floats[row * width + i] }
                exact.append(0.5 * sum)
            }
        }
        let size = exact.reduce(Float(0)) { max($0, abs($1)) }
        for (product, expected) in zip(products, exact) {
            #expect(abs(product - expected) <= 1e-3 * size)
        }
    }

    private func products(
        of table: ByteRows, with vectors: [Float], count: Int, times factor: Float
    ) -> [Float] {
        var out = [Float](repeating: .nan, count: count * table.rowCount)
        vectors.withUnsafeBufferPointer { vectors in
            out.withUnsafeMutableBufferPointer { out in
                guard let first = out.baseAddress else { return }
                table.products(
                    with: vectors, count: count, times: factor, into: first,
                    stride: table.rowCount)
            }
        }
        return out
    }

    private static let widths = [1, 2, 15, 16, 17, 63, 64, 65, 128, 130, 516, 517, 4096, 4097]

    /// All sums are of whole numbers: the results are the same bit for bit, and nothing between the
    /// rows is written.
    @Test(arguments: widths, [0, 1, 3])
    func kernelsEqualTheirTwin(width: Int, users: Int) {
        for rows in [0, 1, 7, 8, 9, 16, 17, 33] {
            expectTwins(
                ByteRows(rounding: table(rows, width)), drawn(users * width, seed: 2),
                users: users, stride: rows + 3)
        }
    }

    @Test func kernelsEqualTheirTwinBeyondABlock() {
        expectTwins(
            ByteRows(rounding: table(4500, 64)), drawn(3 * 64, seed: 2), users: 3, stride: 4500)
    }

    /// The largest numbers that there are, of one sign: sums reach the end of 32 bits.
    @Test(arguments: widths, [Float(1), -1])
    func sumsDoNotOverflow(width: Int, sign: Float) {
        let largest = [Float](repeating: 1, count: width)
        expectTwins(
            ByteRows(
                bytes: Array(repeating: 127, count: 9 * width),
                scales: Array(repeating: 1, count: 9), width: width),
            largest.map { sign * $0 }, users: 1, stride: 9)
    }

    private func expectTwins(
        _ table: ByteRows, _ vectors: [Float], users: Int, stride: Int,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let (levels, factors) = vectors.withUnsafeBufferPointer {
            table.rounded($0, count: users, times: 2)
        }
        var plain = [Float](repeating: -7, count: users * stride + 5)
        var (fast, portable) = (plain, plain)
        PlainKernels<Float>.byteProducts(
            table.bytes, scales: table.scales, vectors: levels, factors: factors, stride: stride,
            into: &plain)
        kernel_byte_products(
            users, table.rowCount, table.width, table.bytes, table.scales, levels, factors, stride,
            &fast)
        kernel_byte_products_portable(
            users, table.rowCount, table.width, table.bytes, table.scales, levels, factors, stride,
            &portable)
        #expect(fast == plain, "width \(table.width)", sourceLocation: sourceLocation)
        #expect(portable == plain, "width \(table.width)", sourceLocation: sourceLocation)
    }
}
