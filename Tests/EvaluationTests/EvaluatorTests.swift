import Events
import Support
import Synchronization
import Testing

@testable import Evaluation

@Suite struct EvaluatorTests {
    private static let metrics = [
        MetricKey(.ndcg, at: 3), MetricKey(.recall, at: 2), MetricKey(.coverage, at: 1),
        MetricKey(.gini, at: 1),
    ]

    private func evaluationCase(_ input: [Int], _ targets: [Int]) -> EvaluationCase {
        EvaluationCase(
            input: input.map {
                Interaction(item: ItemIndex($0), time: Timestamp(milliseconds: 0))
            },
            targets: targets.map { ItemIndex($0) }, now: Timestamp(milliseconds: 1))
    }

    /// Scores the row after the last input best, the others by distance.
    private let successor: @Sendable ([EvaluationCase]) -> [Float] = { batch in
        batch.flatMap { one in
            (0..<5).map { -Float(abs($0 - 1 - (one.input.last?.item.row ?? 0))) }
        }
    }

    @Test func measuresEachUser() throws {
        let evaluator = Evaluator(metrics: Self.metrics, itemCount: 5)
        let result = try evaluator.evaluate(
            [evaluationCase([0], [1]), evaluationCase([1], [0, 2])], scores: successor)
        // The second ranks 2 first, 3 next, then 0 and 4 with equal scores: 0 is a target, so last.
        #expect(result.values(of: MetricKey(.recall, at: 2)) == [1, 0.5])
        #expect(result.mean(of: MetricKey(.recall, at: 2)) == 0.75)
        let second = 1 / (1 + 0.6309297535714575)
        #expect(abs(result.values(of: MetricKey(.ndcg, at: 3))[1] - second) < 1e-9)
        #expect(result.mean(of: MetricKey(.coverage, at: 1)) == 0.4)
        #expect(result.topLists == [[ItemIndex(1)], [ItemIndex(2)]])
        #expect(result.mean(of: MetricKey(.recall, at: 2), where: { $0 == 1 }) == 0.5)
        #expect(result.mean(of: MetricKey(.mrr, at: 2)) == nil)
    }

    @Test func leavesOutUsersWithoutATarget() throws {
        let evaluator = Evaluator(metrics: Self.metrics, itemCount: 5)
        let cases = [
            evaluationCase([0], []), evaluationCase([0, 1], [1]), evaluationCase([0], [1, 1]),
        ]
        let result = try evaluator.evaluate(cases, scores: successor)
        #expect(result.cases == [2])
        #expect(result.values(of: MetricKey(.recall, at: 2)) == [1])
        let nobody = try evaluator.evaluate([], scores: successor)
        #expect(nobody.mean(of: MetricKey(.recall, at: 2)) == 0)
    }

    @Test func aConstantScorerScoresNothing() throws {
        let evaluator = Evaluator(metrics: [MetricKey(.ndcg, at: 3)], itemCount: 5)
        let result = try evaluator.evaluate([evaluationCase([0], [1])]) { batch in
            [Float](repeating: 3, count: 5 * batch.count)
        }
        #expect(result.mean(of: MetricKey(.ndcg, at: 3)) == 0)
    }

    @Test func doesNotDependOnBatchesOrWorkers() throws {
        var random = RandomSource(seed: 3)
        let cases = (0..<57).map { _ in
            evaluationCase(
                [Int(random.uniform() * 5)],
                (0..<3).map { _ in Int(random.uniform() * 5) })
        }
        let one = try Evaluator(metrics: Self.metrics, itemCount: 5)
            .evaluate(cases, scores: successor)
        for batchSize in [1, 4, 56, 57, 100] {
            let other = try Evaluator(
                metrics: Self.metrics, itemCount: 5, batchSize: batchSize, workers: 4
            ).evaluate(cases, scores: successor)
            #expect(other.perUser == one.perUser)
            #expect(other.means == one.means)
            #expect(other.topLists == one.topLists)
        }
    }

    @Test func givesTheModelWholeBatches() throws {
        let sizes = Mutex<[Int]>([])
        let cases = (0..<7).map { _ in evaluationCase([0], [1]) }
        _ = try Evaluator(metrics: Self.metrics, itemCount: 5, batchSize: 3)
            .evaluate(cases) { batch in
                sizes.withLock { $0.append(batch.count) }
                return successor(batch)
            }
        #expect(sizes.withLock { $0 } == [3, 3, 1])
    }

    @Test func tellsHowManyAreMeasured() throws {
        let calls = Mutex<[[Int]]>([])
        _ = try Evaluator(metrics: Self.metrics, itemCount: 5, batchSize: 3).evaluate(
            (0..<7).map { _ in evaluationCase([0], [1]) },
            onProgress: { done, all in calls.withLock { $0.append([done, all]) } },
            scores: successor)
        #expect(calls.withLock { $0 } == [[3, 7], [6, 7], [7, 7]])
    }

    @Test func throwsTheFirstFailure() {
        struct Failure: Error, Equatable { var row: Int }
        let cases = (0..<40).map { evaluationCase([$0 % 4], [4]) }
        let evaluator = Evaluator(metrics: Self.metrics, itemCount: 5, batchSize: 1, workers: 4)
        #expect(throws: Failure(row: 2)) {
            _ = try evaluator.evaluate(cases) { batch in
                let row = batch[0].input[0].item.row
                if row >= 2 { throw Failure(row: row) }
                return successor(batch)
            }
        }
    }

    @Test func refusesScoresThatAreNotFinite() {
        let evaluator = Evaluator(metrics: Self.metrics, itemCount: 5)
        #expect(throws: EvaluationError.notFinite(item: ItemIndex(4))) {
            _ = try evaluator.evaluate([evaluationCase([0], [1])]) { _ in [0, 0, 0, 0, .nan] }
        }
    }
}
