import Testing

@testable import Recommenders

@Suite struct BatchPartsTests {
    @Test func eachSequenceIsInOnePart() {
        let rowCounts = (0..<100).map { 1 + $0 * 37 % 113 }
        let batch = Array(stride(from: 0, to: 100, by: 3))
        let parts = BatchParts.split(batch, rowCounts: rowCounts, workers: 3)
        #expect(parts.count == 3)
        #expect(parts.joined().sorted() == batch)
        let rows = parts.map { $0.reduce(0) { $0 + rowCounts[$1] } }
        #expect((rows.max() ?? 0) - (rows.min() ?? 0) <= rowCounts.max() ?? 0)
    }

    @Test func aLargeBatchIsCutIntoMorePartsThanWorkers() {
        let rowCounts = [Int](repeating: 1000, count: 10)
        let parts = BatchParts.split(Array(0..<10), rowCounts: rowCounts, workers: 2)
        #expect(parts.count == 4)
        #expect(parts.allSatisfy { $0.count * 1000 <= 4096 })
    }

    @Test func aSmallBatchLeavesNoPartEmpty() {
        #expect(BatchParts.split([4], rowCounts: [0, 0, 0, 0, 7], workers: 3) == [[4]])
    }
}
