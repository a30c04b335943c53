import Events
import Support
import Testing

@testable import Evaluation

@Suite struct EvaluationSegmentTests {
    private let hitRate = MetricKey(.hitRate, at: 1)
    private let recall = MetricKey(.recall, at: 2)

    private func evaluationCase(
        _ input: [Int], _ targets: [Int], strength: Float = 1
    ) -> EvaluationCase {
        EvaluationCase(
            input: input.map {
                Interaction(
                    item: ItemIndex($0), strength: strength, time: Timestamp(milliseconds: 0))
            },
            targets: targets.map { ItemIndex($0) }, now: Timestamp(milliseconds: 1))
    }

    /// Lower rows score better.
    private func evaluate(
        _ cases: [EvaluationCase], metrics: [MetricKey], itemCount: Int,
        catalogue: CatalogueProfile? = nil
    ) throws -> EvaluationResult {
        try Evaluator(metrics: metrics, itemCount: itemCount, catalogue: catalogue)
            .evaluate(cases) { batch in
                batch.flatMap { _ in (0..<itemCount).map { -Float($0) } }
            }
    }

    @Test func usersFallIntoClassesByTheItemsTheyLike() throws {
        let cases = [
            evaluationCase([1], [0]), evaluationCase([1, 1, 1], [2]),
            evaluationCase(Array(1...10), [0]), evaluationCase([1], [0], strength: -1),
        ]
        let result = try evaluate(cases, metrics: [hitRate], itemCount: 30)
        #expect(result.historyLengths == [.few, .few, .some, .none])
        let segments = result.byHistoryLength
        #expect(segments.map(\.name) == ["0", "1-9", "10-49"])
        #expect(segments.map(\.userCount) == [1, 2, 1])
        #expect(segments.map { $0.mean(of: hitRate) } == [1, 0.5, 1])
        #expect(segments[1].interval(of: hitRate, seed: 1).upper == 1)
        #expect(segments[1].mean(of: MetricKey(.mrr, at: 1)) == 0)
        #expect(result.byPopularity.isEmpty)
        #expect(result.everyone.mean(of: hitRate) == 0.75)
    }

    /// Item 0 has most of the uses, 1 some, 2 and 3 none.
    private var catalogue: CatalogueProfile {
        let times = Timestamp(milliseconds: 0)
        let histories = [0, 0, 0, 0, 0, 1, 1].map {
            [Interaction(item: ItemIndex($0), time: times)]
        }
        return CatalogueProfile(
            histories: histories,
            contents: [["a"], ["a"], ["b"], []].map { ItemContent(categories: $0) }, itemCount: 4)
    }

    @Test func targetsOfOtherClassesAreNeitherFoundNorInTheWay() throws {
        #expect(catalogue.popularity == [.head, .middle, .tail, .tail])
        // All are ranked 0, 1, 2, 3.
        let result = try evaluate(
            [evaluationCase([], [0, 2]), evaluationCase([1], [3])], metrics: [hitRate, recall],
            itemCount: 4, catalogue: catalogue)
        #expect(result.everyone.values(of: recall) == [0.5, 0])
        let segments = result.byPopularity
        #expect(segments.map(\.name) == ["head", "tail"])
        #expect(segments.map(\.userCount) == [1, 2])
        // Without 0, item 2 is second.
        #expect(segments[1].values(of: recall) == [1, 0])
        #expect(segments[1].values(of: hitRate) == [0, 0])
        #expect(segments[0].values(of: hitRate) == [1])
    }

    @Test func measuresListsByWhatIsKnownOfTheItems() throws {
        let metrics = MetricKey.all(at: 2)
        let result = try evaluate(
            [evaluationCase([2], [3])], metrics: metrics, itemCount: 4, catalogue: catalogue)
        #expect(Set(result.means.keys) == Set(metrics))
        // The list is 0, 1: five and two users of seven; both of category a.
        #expect(result.mean(of: MetricKey(.popularity, at: 2)) == 3.5)
        let novelty = try #require(result.mean(of: MetricKey(.novelty, at: 2)))
        #expect(abs(novelty - (0.4854268271702417 + 1.8073549220576042) / 2) < 1e-12)
        #expect(result.mean(of: MetricKey(.diversity, at: 2)) == 0)
    }

    @Test func diversityIsAbsentWhereNoItemHasACategory() throws {
        let bare = CatalogueProfile(histories: [], contents: [], itemCount: 4)
        let result = try evaluate(
            [evaluationCase([2], [3])], metrics: MetricKey.all(at: 2), itemCount: 4,
            catalogue: bare)
        #expect(result.mean(of: MetricKey(.diversity, at: 2)) == nil)
        #expect(result.mean(of: MetricKey(.popularity, at: 2)) == 0)
    }

    /// Ties count against the model also among the targets of one class.
    @Test func aConstantScorerScoresNothingInAnyClass() throws {
        let result = try Evaluator(
            metrics: [hitRate, recall], itemCount: 4, catalogue: catalogue
        ).evaluate([evaluationCase([], [0, 2])]) { _ in [3, 3, 3, 3] }
        for segment in result.byPopularity + result.byHistoryLength {
            #expect(segment.mean(of: hitRate) == 0 && segment.mean(of: recall) == 0)
        }
    }
}
