import Testing

@testable import Evaluation

@Suite struct MetricKeyTests {
    @Test(arguments: MetricKey.Kind.allCases)
    func writesWhatItReads(kind: MetricKey.Kind) {
        let key = MetricKey(kind, at: 20)
        #expect(MetricKey(parsing: key.description) == key)
    }

    @Test func usesTheNamesOfTheContract() {
        #expect(MetricKey(.hitRate, at: 10).description == "hr@10")
        #expect(MetricKey(.ndcg, at: 100).description == "ndcg@100")
    }

    @Test func namesEveryMeasureAtOneCutOff() {
        #expect(
            MetricKey.all(at: 5).map(\.description) == [
                "ndcg@5", "hr@5", "recall@5", "precision@5", "f1@5", "mrr@5", "map@5",
                "accuracy@5", "coverage@5", "gini@5", "popularity@5", "novelty@5", "diversity@5",
            ])
    }

    @Test(arguments: ["", "ndcg", "ndcg@", "ndcg@0", "ndcg@-1", "ndcg@+1", "ndcg@1@2", "auc@10"])
    func refuses(text: String) {
        #expect(MetricKey(parsing: text) == nil)
    }
}
