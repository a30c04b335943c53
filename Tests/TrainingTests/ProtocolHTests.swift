import Evaluation
import Importing
import Recommenders
import TestSupport
import Testing

@testable import Training

/// The rows of protocol H that a correct evaluation must reproduce within ±0.002.
@Suite(.enabled(if: TestData.has("ml-1m"), Comment(rawValue: TestData.reason)))
struct ProtocolHTests {
    private static let metrics = [
        MetricKey(.recall, at: 20), MetricKey(.recall, at: 50), MetricKey(.ndcg, at: 100),
    ]

    @Test(arguments: [
        ("popularity", [0.199, 0.228, 0.228]), ("ease", [0.442, 0.508, 0.493]),
    ])
    func reproducesTheReferenceRow(model: String, row: [Double]) throws {
        let folder = try MovieLensFolder(path: TestData.path("ml-1m"))
        let dataset = RatingsDataset(ratings: try folder.ratings())
        let split = StrongGeneralisation(dataset)
        let evaluator = Evaluator(metrics: Self.metrics, itemCount: dataset.itemCount, workers: 2)
        let family = try #require(ModelRegistry.family(named: model))
        var learner = try family.makeLearner(
            TrainingSet(itemCount: dataset.itemCount, histories: split.train),
            LearnerOptions(seed: 1, workers: 2, settings: [:]))
        _ = try learner.runEpoch()
        let means = try evaluator.means(of: learner.recommender(), on: split.test)
        for (metric, expected) in zip(Self.metrics, row) {
            let measured = try #require(means[metric])
            #expect(abs(measured - expected) <= 0.002, "\(model) \(metric): \(measured)")
        }
    }
}
