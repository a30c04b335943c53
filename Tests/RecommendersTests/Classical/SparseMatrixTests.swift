import NeuralNetwork
import Testing

@testable import Recommenders

@Suite struct SparseMatrixTests {
    /// [1 0 2; 0 0 0; 0 3 4]
    private let matrix = SparseMatrix(
        rows: [[(0, 1), (2, 2)], [], [(2, 4), (1, 3)]], columnCount: 3)

    @Test func exchangesRowsAndColumns() {
        let expected = SparseMatrix(
            rows: [[(0, 1)], [(2, 3)], [(0, 2), (2, 4)]], columnCount: 3)
        #expect(matrix.transposed() == expected)
        #expect(SparseMatrix(columnCount: 2).transposed().rowCount == 2)
    }

    @Test func multipliesRows() {
        var sums: [Float] = [10, 20, 30]
        sums.withUnsafeMutableBufferPointer { matrix.add(row: 0, times: 2, to: $0) }
        #expect(sums == [12, 20, 34])
        let products = sums.withUnsafeBufferPointer { sums in
            (0..<3).map { matrix.dot(row: $0, sums) }
        }
        #expect(products == [80, 0, 196])
    }

    @Test func readsWhatItWrote() throws {
        let file = Safetensors(entries: matrix.entries("m"))
        #expect(try SparseMatrix("m", rowCount: 3, columnCount: 3, from: file) == matrix)
    }

    /// Offsets and columns as a file from anywhere may have them.
    @Test(arguments: [
        ([0, 2, 2, 5], [0, 2, 2, 1]), ([1, 2, 2, 4], [0, 2, 2, 1]), ([0, 3, 2, 4], [0, 2, 2, 1]),
        ([0, 2, 2], [0, 2, 2, 1]), ([0, 2, 2, 4], [0, 3, 2, 1]), ([0, 2, 2, 4], [0, -1, 2, 1]),
        ([0, 2, 2, 4], [0, 2, 2]), ([0, -2, 2, 4], [0, 2, 2, 1]),
    ])
    func refusesWhatIsNoMatrix(offsets: [Int64], columns: [Int32]) {
        let file = Safetensors(entries: [
            Safetensors.Entry(name: "m.offsets", shape: [offsets.count], int64s: offsets),
            Safetensors.Entry(name: "m.columns", shape: [columns.count], int32s: columns),
            Safetensors.Entry(name: "m.weights", shape: [4], floats: [1, 2, 4, 3]),
        ])
        #expect(throws: ModelError.self) {
            try SparseMatrix("m", rowCount: 3, columnCount: 3, from: file)
        }
    }
}
