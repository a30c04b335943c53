import Recommenders
import Support
import Testing

@Suite struct TopKTests {
    @Test(arguments: 0..<100 as Range<UInt64>)
    func isTheFrontOfAFullSort(seed: UInt64) {
        var random = RandomSource(seed: seed)
        let count = Int.random(in: 0...60, using: &random)
        let k = Int.random(in: 0...70, using: &random)
        // Few different scores, so that there are ties.
        let scores = (0..<count).map { _ -> Float in
            let score = Int.random(in: -4...4, using: &random)
            return score == -4 ? -.infinity : Float(score)
        }
        let hidden = Set((0..<count).filter { _ in Bool.random(using: &random) })
        let best = scores.withUnsafeBufferPointer { buffer in
            topK(buffer, k: k) { hidden.contains($0) }
        }
        let sorted = scores.indices.filter { !hidden.contains($0) }
            .sorted { (-scores[$0], $0) < (-scores[$1], $1) }
        #expect(best.map(\.row) == Array(sorted.prefix(k)))
        #expect(best.map(\.score) == best.map { scores[$0.row] })
    }

    @Test func asksOnlyForRowsThatCouldBeInTheAnswer() {
        let scores: [Float] = [9, 8, 7, 6, 5, 10]
        var asked: [Int] = []
        let best = scores.withUnsafeBufferPointer { buffer in
            topK(buffer, k: 2) { row in
                asked.append(row)
                return false
            }
        }
        #expect(best.map(\.row) == [5, 0])
        #expect(asked == [0, 1, 5])
    }
}
