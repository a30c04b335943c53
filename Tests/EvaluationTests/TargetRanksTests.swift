import Support
import Testing

@testable import Evaluation

@Suite struct TargetRanksTests {
    private func ranks(
        _ scores: [Float], targets: Set<Int>, input: Set<Int> = [], depth: Int = 100
    ) throws -> [Int] {
        try TargetRanks(
            scores: scores[...], roles: roles(scores.count, targets: targets, input: input),
            depth: depth
        ).ranks
    }

    private func roles(_ count: Int, targets: Set<Int>, input: Set<Int>) -> [ItemRole] {
        (0..<count).map {
            input.contains($0) ? .input : targets.contains($0) ? .target : .candidate
        }
    }

    @Test func countsTheItemsAhead() throws {
        #expect(try ranks([0.9, 0.1, 0.5, 0.7], targets: [2]) == [2])
        #expect(try ranks([0.9, 0.1, 0.5, 0.7], targets: [0, 2]) == [0, 2])
        #expect(try ranks([0.9, 0.1, 0.5, 0.7], targets: [0, 1, 2, 3]) == [0, 1, 2, 3])
    }

    @Test func leavesTheInputOut() throws {
        #expect(try ranks([0.9, 0.1, 0.5, 0.7], targets: [2], input: [0, 3]) == [0])
    }

    @Test func putsATargetBehindItsEquals() throws {
        #expect(try ranks([0.5, 0.5, 0.5, 0.9], targets: [0]) == [3])
        // Both targets stand behind the two others, and one of them behind the other.
        #expect(try ranks([0.5, 0.5, 0.5, 0.5], targets: [0, 1]) == [2, 3])
        #expect(try ranks([0, -0.0], targets: [0]) == [1])
    }

    @Test func aConstantScorerFindsNothing() throws {
        let scores = [Float](repeating: 1, count: 200)
        #expect(try ranks(scores, targets: [0, 1, 199], depth: 100) == [])
    }

    @Test func keepsOnlyTheDepthAskedFor() throws {
        #expect(try ranks([5, 4, 3, 2, 1], targets: [0, 2, 3], depth: 3) == [0, 2])
        #expect(try ranks([5, 4, 3, 2, 1], targets: [0, 2, 3], depth: 2) == [0])
    }

    @Test func countsTargetsAndCandidates() throws {
        let ranks = try TargetRanks(
            scores: [1, 2, 3, 4], roles: [.target, .input, .candidate, .target], depth: 1)
        #expect(ranks.targetCount == 2)
        #expect(ranks.candidateCount == 3)
        #expect(ranks.ranks == [0])
    }

    @Test(arguments: [Float.nan, .infinity, -.infinity])
    func refusesAScoreThatIsNotFinite(score: Float) {
        #expect(throws: EvaluationError.notFinite(item: ItemIndex(1))) {
            try ranks([0, score, 2], targets: [0])
        }
    }

    @Test func allowsAModelToMaskTheInput() throws {
        #expect(try ranks([0, -.infinity, 2], targets: [2], input: [1]) == [0])
    }

    @Test func readsAnOrderedList() {
        let list = [4, 2, 7].map { ItemIndex($0) }
        let ranks = TargetRanks(ranking: list, targets: [ItemIndex(7), ItemIndex(1), ItemIndex(4)])
        #expect(ranks.ranks == [0, 2])
        #expect(ranks.targetCount == 3)
    }

    /// The slow twin sorts the whole catalogue.
    @Test(arguments: 0..<200)
    func agreesWithAFullSort(seed: Int) throws {
        var random = RandomSource(seed: UInt64(seed))
        let count = 1 + Int(random.uniform() * 60)
        let levels = 1 + Int(random.uniform() * 30)  // few levels: many ties
        let scores = (0..<count).map { _ in Float(Int(random.uniform() * Double(levels))) }
        let targets = Set((0..<count).filter { _ in random.uniform() < 0.3 })
        let input = Set((0..<count).filter { !targets.contains($0) && random.uniform() < 0.3 })
        let depth = 1 + Int(random.uniform() * 30)

        let sorted = (0..<count).filter { !input.contains($0) }.sorted { a, b in
            if scores[a] != scores[b] { return scores[a] > scores[b] }
            return !targets.contains(a) && targets.contains(b)
        }
        let expected = sorted.indices.filter { targets.contains(sorted[$0]) && $0 < depth }
        #expect(try ranks(scores, targets: targets, input: input, depth: depth) == expected)
    }
}
