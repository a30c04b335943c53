import Support
import Testing

@testable import Evaluation

/// Worked by hand. Ten items are ranked, four of them targets, which stand at 0, 2, 5 and 9.
@Suite struct TargetRanksMetricsTests {
    private let ranks = TargetRanks(
        ranking: (0..<10).map { ItemIndex($0) }, targets: Set([0, 2, 5, 9].map { ItemIndex($0) }))
    private let nothing = TargetRanks(ranking: [ItemIndex(0)], targets: [])
    private let missed = TargetRanks(ranking: [ItemIndex(0)], targets: [ItemIndex(1)])

    @Test func hitRate() {
        #expect(ranks.hitRate(at: 1) == 1)
        #expect(missed.hitRate(at: 1) == 0)
        #expect(nothing.hitRate(at: 1) == 0)
    }

    @Test func recallOfWhatIsReachable() {
        #expect(ranks.recall(at: 1) == 1)
        #expect(ranks.recall(at: 3) == 2.0 / 3)
        #expect(ranks.recall(at: 5) == 2.0 / 4)
        #expect(ranks.recall(at: 1000) == 1)
        #expect(nothing.recall(at: 5) == 0)
    }

    @Test func recallOfAllTargets() {
        #expect(ranks.recall(at: 1, denominator: .allTargets) == 1.0 / 4)
        #expect(ranks.recall(at: 3, denominator: .allTargets) == 2.0 / 4)
        #expect(nothing.recall(at: 3, denominator: .allTargets) == 0)
    }

    @Test func precision() {
        #expect(ranks.precision(at: 5) == 2.0 / 5)
        // A catalogue smaller than k leaves places empty, and they count.
        #expect(ranks.precision(at: 20) == 4.0 / 20)
    }

    @Test func f1() {
        // 2 · 0.4 · 0.5 / 0.9
        #expect(abs(ranks.f1(at: 5) - 4.0 / 9) < 1e-12)
        #expect(missed.f1(at: 5) == 0)
    }

    @Test func accuracy() {
        // Of ten, three are shown in vain and two targets are not shown.
        #expect(ranks.accuracy(at: 5) == 0.5)
        // All are shown; six in vain.
        #expect(abs(ranks.accuracy(at: 20) - 0.4) < 1e-12)
    }

    @Test func ndcg() {
        // (1/log₂2 + 1/log₂4) / (1/log₂2 + 1/log₂3 + 1/log₂4 + 1/log₂5) = 1.5 / 2.561606
        #expect(abs(ranks.ndcg(at: 5) - 0.585570) < 1e-6)
        // (1 + 0.5) / (1 + 0.630930 + 0.5)
        #expect(abs(ranks.ndcg(at: 3) - 0.703918) < 1e-6)
        #expect(ranks.ndcg(at: 1) == 1)
        #expect(nothing.ndcg(at: 5) == 0)
        #expect(missed.ndcg(at: 5) == 0)
    }

    @Test func mrr() {
        let third = TargetRanks(
            ranking: (0..<5).map { ItemIndex($0) }, targets: [ItemIndex(2), ItemIndex(4)])
        #expect(third.mrr(at: 3) == 1.0 / 3)
        #expect(third.mrr(at: 2) == 0)
        #expect(ranks.mrr(at: 10) == 1)
    }

    @Test func map() {
        // (1/1 + 2/3) / 4
        #expect(abs(ranks.map(at: 5) - 5.0 / 12) < 1e-12)
        // (1/1 + 2/3 + 3/6 + 4/10) / 4
        #expect(abs(ranks.map(at: 10) - 77.0 / 120) < 1e-12)
        // (1/1) / 2
        #expect(ranks.map(at: 2) == 0.5)
        #expect(nothing.map(at: 5) == 0)
    }

    @Test func everyKeyHasItsFunction() {
        let expected: [(String, Double)] = [
            ("hr@5", 1), ("recall@3", 0.5), ("precision@5", 0.4), ("mrr@5", 1),
            ("accuracy@5", 0.5), ("ndcg@1", 1), ("map@2", 0.5), ("f1@5", 4.0 / 9),
        ]
        for (text, value) in expected {
            guard let key = MetricKey(parsing: text) else {
                Issue.record("\(text) is no key")
                continue
            }
            #expect(abs(ranks.value(of: key, recall: .allTargets) - value) < 1e-12, "\(text)")
        }
    }
}
