import Events
import Importing
import Support
import TestSupport
import Testing

@testable import Evaluation

/// The rows of the reference script: an evaluation that misses them by more than 0.002 is wrong.
@Suite(
    .enabled(
        if: TestData.has("ml-1m/ratings.dat") && TestData.has("cfgan-ml100k/ML100K.test"),
        Comment(rawValue: TestData.reason)))
struct ProtocolTests {
    private static let ratings = Result {
        try MovieLensFolder(path: TestData.path("ml-1m")).ratings()
    }

    private static func popularity(
        of histories: [[Interaction<ItemIndex>]], itemCount: Int
    ) -> [Float] {
        var counts = [Float](repeating: 0, count: itemCount)
        for event in histories.joined() { counts[event.item.row] += 1 }
        return counts
    }

    private static func evaluate(
        _ cases: [EvaluationCase], scores: [Float], metrics: [MetricKey],
        recallDenominator: RecallDenominator = .reachable
    ) throws -> [Double] {
        let evaluator = Evaluator(
            metrics: metrics, itemCount: scores.count, workers: 2,
            recallDenominator: recallDenominator)
        let result = try evaluator.evaluate(cases) { batch in
            Array(repeatElement(scores, count: batch.count).joined())
        }
        return metrics.compactMap { result.mean(of: $0) }
    }

    private static func expect(
        _ measured: [Double], near expected: [Double],
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(measured.count == expected.count, sourceLocation: sourceLocation)
        for (measured, expected) in zip(measured, expected) {
            #expect(
                abs(measured - expected) < 0.002, "\(measured) for \(expected)",
                sourceLocation: sourceLocation)
        }
    }

    @Test func popularityOnProtocolH() throws {
        let dataset = RatingsDataset(ratings: try Self.ratings.get())
        #expect(dataset.users.count == 6040)
        #expect(dataset.itemCount == 3706)
        #expect(dataset.count == 1_000_209)
        let split = StrongGeneralisation(dataset)
        #expect(split.train.count == 5033)
        #expect(split.test.count == 503)
        #expect(split.validation.count == 504)
        let measured = try Self.evaluate(
            split.test, scores: Self.popularity(of: split.train, itemCount: dataset.itemCount),
            metrics: [
                MetricKey(.recall, at: 20), MetricKey(.recall, at: 50), MetricKey(.ndcg, at: 100),
            ])
        Self.expect(measured, near: [0.199, 0.228, 0.228])
    }

    @Test func popularityOnProtocolL() throws {
        let dataset = RatingsDataset(ratings: try Self.ratings.get(), minimumOfItem: 5)
        #expect(dataset.users.count == 6040)
        #expect(dataset.itemCount == 3416)
        #expect(dataset.count == 999_611)
        let split = LeaveLastOut(dataset)
        let measured = try Self.evaluate(
            split.test, scores: Self.popularity(of: split.train, itemCount: dataset.itemCount),
            metrics: [MetricKey(.hitRate, at: 10), MetricKey(.ndcg, at: 10)])
        Self.expect(measured, near: [0.037, 0.018])
    }

    @Test func popularityOnProtocolG() throws {
        let folder = try CFGANFolder(path: TestData.path("cfgan-ml100k"))
        #expect(folder.train.count == 80_000)
        #expect(folder.test.count == 19_963)
        let split = RandomHoldout(train: folder.train, test: folder.test)
        let measured = try Self.evaluate(
            split.test, scores: Self.popularity(of: split.train, itemCount: split.itemCount),
            metrics: [5, 20].flatMap {
                [
                    MetricKey(.precision, at: $0), MetricKey(.recall, at: $0),
                    MetricKey(.ndcg, at: $0),
                ]
            }, recallDenominator: .allTargets)
        Self.expect(measured, near: [0.208, 0.068, 0.222, 0.156, 0.167, 0.213])
    }
}
