import Support
import Tensor
import Testing

@testable import Recommenders

@Suite struct RowScreenTests {
    /// Tables of many shapes; some rows are far longer than the others, some are 0, some equal.
    private func table(_ random: inout RandomSource) -> Tensor<Float> {
        let rows = Int.random(in: 0...300, using: &random)
        let width = Int.random(in: 1...80, using: &random)
        var elements = (0..<rows * width).map { _ in Float.random(in: -1...1, using: &random) }
        for row in 0..<rows where row % 7 == 3 {
            let factor: Float = [0, 1e-3, 30][Int.random(in: 0..<3, using: &random)]
            for place in row * width..<(row + 1) * width { elements[place] *= factor }
        }
        if rows > 20 { elements.replaceSubrange(0..<width, with: elements[width..<2 * width]) }
        return Tensor(shape: [rows, width], elements: elements)
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func findsWhatExactProductsFind(seed: UInt64) throws {
        var random = RandomSource(seed: seed)
        let table = table(&random)
        let vector = (0..<table.columnCount).map { _ in Float.random(in: -2...2, using: &random) }
        let factor = Float.random(in: 0.1...20, using: &random)
        let hidden = Set((0..<table.rowCount).filter { _ in Bool.random(using: &random) })
        let k = Int.random(in: 0...20, using: &random)
        let exact = ItemVectors.products(vector, count: 1, times: factor, with: [.floats(table)])
        let expected = exact.withUnsafeBufferPointer {
            topK($0, k: k) { hidden.contains($0) }
        }
        let found = try #require(RowScreen(table)).best(k, of: vector, times: factor) {
            hidden.contains($0)
        }
        #expect(found.count == expected.count)
        let size = exact.reduce(0) { max($0, abs($1)) }
        for (found, expected) in zip(found, expected) {
            // Of scores that are equal within rounding either may come first.
            #expect(abs(found.score - expected.score) <= 1e-5 * size)
            #expect(abs(exact[found.row] - found.score) <= 1e-5 * size)
            #expect(!hidden.contains(found.row))
        }
        #expect(Set(found.map(\.row)).count == found.count)
    }

    @Test func ofEqualRowsTheLowerComesFirst() throws {
        let row: [Float] = [0.3, -0.7, 0.11]
        let table = Tensor<Float>(shape: [9, 3], elements: (0..<9).flatMap { _ in row })
        let best = try #require(RowScreen(table)).best(3, of: [1, 2, 3], times: 1) { $0 == 1 }
        #expect(best.map(\.row) == [0, 2, 3])
    }

    @Test func aTableThatIsNotFiniteHasNone() {
        #expect(RowScreen(Tensor<Float>(shape: [2, 1], elements: [1, .infinity])) == nil)
        #expect(RowScreen(Tensor<Float>(shape: [2, 1], elements: [.nan, 1])) == nil)
    }
}
