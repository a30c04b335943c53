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

    @Test(arguments: ["", "ndcg", "ndcg@", "ndcg@0", "ndcg@-1", "ndcg@+1", "ndcg@1@2", "auc@10"])
    func refuses(text: String) {
        #expect(MetricKey(parsing: text) == nil)
    }
}
