import Support
import Tensor
import Testing

@testable import Recommenders

@Suite struct CatalogueSamplerTests {
    private func sampler(_ negativeCount: Int, itemCount: Int = 50) -> CatalogueSampler {
        CatalogueSampler(
            itemCount: itemCount, negativeCount: negativeCount, random: RandomSource(seed: 3))
    }

    /// Row i holds i and −i.
    private func table(_ itemCount: Int = 50) -> Tensor<Float> {
        Tensor(
            shape: [itemCount, 2], elements: (0..<itemCount).flatMap { [Float($0), -Float($0)] })
    }

    private func parts(_ histories: [[Int32]]) -> [SequenceBatch] {
        histories.map { items in
            var batch = SequenceBatch(positionCount: 10)
            batch.appendTraining(items.map { SequenceEvent(item: $0, seconds: 0) })
            return batch
        }
    }

    @Test func holdsTheRowsOfTheBatchAndOfTheNegatives() {
        var sampler = sampler(6)
        let original = parts([[40, 3, 40], [7, 3]])
        var parts = original
        let sample = sampler.sample(for: &parts, of: table())
        let negatives = sample.negatives.map { sample.items[Int($0)] }
        #expect(Set(negatives).count == 6)
        #expect(Set(sample.items) == Set(negatives).union([40, 3, 7]))
        #expect(
            sample.items == sample.items.sorted() && Set(sample.items).count == sample.items.count)
        #expect(sample.table.elements == sample.items.flatMap { [Float($0), -Float($0)] })
        for (part, original) in zip(parts, original) {
            #expect(part.items.map { sample.items[Int($0)] } == original.items)
            #expect(part.targets.map { sample.items[Int($0)] } == original.targets)
        }
    }

    @Test func tellsWhichNegativeARowIs() {
        var sampler = sampler(6)
        var parts = parts([[1, 2, 3], [4, 5]])
        let sample = sampler.sample(for: &parts, of: table())
        #expect(sample.negativeOfRow.count == sample.items.count)
        for (row, place) in sample.negativeOfRow.enumerated() {
            if place >= 0 {
                #expect(sample.negatives[Int(place)] == row)
            } else {
                #expect(!sample.negatives.contains(Int32(row)))
            }
        }
    }

    @Test(arguments: [50, 51, 1000])
    func moreNegativesThanItemsAreAllItems(negativeCount: Int) {
        var sampler = sampler(negativeCount)
        var parts = parts([[0, 49]])
        let sample = sampler.sample(for: &parts, of: table())
        #expect(sample.items == Array(0..<50))
        #expect(sample.negatives.sorted() == Array(0..<50))
    }

    @Test func eachItemIsDrawnAsOften() {
        var sampler = sampler(5, itemCount: 20)
        var counts = [Int](repeating: 0, count: 20)
        for _ in 0..<2000 {
            var none: [SequenceBatch] = []
            let sample = sampler.sample(for: &none, of: table(20))
            for item in sample.items { counts[Int(item)] += 1 }
        }
        #expect(counts.reduce(0, +) == 10_000)
        // 500 each, with a deviation of 19.
        #expect(counts.allSatisfy { abs($0 - 500) < 100 })
    }
}
