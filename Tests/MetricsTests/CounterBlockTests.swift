import Foundation
import Metrics
import Testing

@Suite struct CounterBlockTests {
    @Test func eachCounterCountsByItself() {
        let blocks = [CounterBlock(count: 3), CounterBlock(count: 3)]
        blocks[0].add(at: 0)
        blocks[0].add(5, at: 2)
        blocks[1].add(7, at: 2)
        #expect((0..<3).map { blocks.sum(at: $0) } == [1, 0, 12])
        #expect(blocks[1].value(at: 2) == 7)
    }

    /// A reader beside the writer sees every number once it is written, and never a smaller one.
    @Test func aReaderSeesItGrow() async {
        let block = CounterBlock(count: 1)
        let writer = Thread { for _ in 0..<100_000 { block.add(at: 0) } }
        writer.start()
        var last = 0
        while last < 100_000 {
            let value = block.value(at: 0)
            #expect(value >= last)
            last = value
            await Task.yield()
        }
        #expect(block.value(at: 0) == 100_000)
    }
}
