import Foundation
import Testing

@testable import Evaluation

@Suite struct EnsembleReportTests {
    private func ensemble() throws -> EnsembleReport {
        EnsembleReport(
            candidates: [
                (try EvaluationReportTests.report(model: "ease"), [1, 0, 1, 0]),
                (try EvaluationReportTests.report(model: "vae"), [1, 1, 1, 0]),
            ],
            values: [1, 1, 0.5, 0],
            choices: [
                .init(
                    historyLength: "1-9", model: "vae", metric: "validation.ndcg@10[1-9]",
                    value: 0.25)
            ],
            weights: ["ease": 0.25, "vae": 0.75], seed: 1)
    }

    @Test func comparesWithTheBestOfTheCandidates() throws {
        let best = try ensemble().againstBest
        #expect(best.model == "vae")
        #expect(best.difference == -0.125)
        #expect(best.lower == -0.375 && best.upper == 0)  // one user in four, drawn 0 to 3 times
    }

    @Test func standsInTheTableAndInTheJSON() throws {
        var report = try EvaluationReportTests.report(model: "auto")
        report.ensemble = try ensemble()
        let table = report.table(beside: report.ensemble?.candidates ?? [])
        for line in [
            "items in history  model                chosen by   value",
            "1-9                 vae  validation.ndcg@10[1-9]  0.2500", "vae    0.7500",
            "ndcg@10 of auto less vae, the best candidate on these users: "
                + "-0.1250 (-0.3750 to +0.0000)",
        ] {
            #expect(table.contains(line), "\(table)")
        }
        let again = try EvaluationReport(json: Data(try report.json().utf8))
        #expect(again.ensemble?.candidates.map(\.model) == ["ease", "vae"])
        #expect(again.ensemble?.choices == report.ensemble?.choices)
        #expect(again.ensemble?.againstBest == report.ensemble?.againstBest)
    }
}
