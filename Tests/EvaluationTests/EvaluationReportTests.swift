import Events
import Foundation
import Support
import Testing

@testable import Evaluation

@Suite struct EvaluationReportTests {
    /// Twelve users with histories of one or eleven items; every third finds what he looks for.
    static func report(
        model: String = "ease", seed: UInt64 = 1, shift: Float = 0, notes: [String] = []
    ) throws -> EvaluationReport {
        let time = Timestamp(milliseconds: 0)
        let cases = (0..<12).map { user in
            EvaluationCase(
                input: (0..<(user % 2 == 0 ? 1 : 11)).map {
                    Interaction(item: ItemIndex($0), time: time)
                },
                targets: [ItemIndex(user % 3 == 0 ? 12 : 13)], now: time)
        }
        let histories = [12, 12, 12, 13].map { [Interaction(item: ItemIndex($0), time: time)] }
        let contents = (0..<30).map { ItemContent(categories: ["c\($0 % 4)"]) }
        let result = try Evaluator(
            metrics: MetricKey.all(at: 10) + [MetricKey(.recall, at: 20)], itemCount: 30,
            catalogue: CatalogueProfile(histories: histories, contents: contents, itemCount: 30)
        ).evaluate(cases) { batch in
            batch.flatMap { _ in
                (0..<30).map { $0 == 12 ? 100 : $0 == 13 ? shift : Float($0) }
            }
        }
        return EvaluationReport(
            protocol: "L", model: model, seed: seed, split: "test",
            decisive: MetricKey(.ndcg, at: 10), result: result,
            cost: EvaluationReport.Cost(
                trainSeconds: 1.5, epochs: 3, secondsPerEpoch: 0.5, peakMemoryBytes: 20_000_000),
            notes: notes)
    }

    @Test func holdsEveryMetricAndTheIntervalsOfThoseOfUsers() throws {
        let report = try Self.report()
        #expect(report.users == 12)
        #expect(report.metrics.count == 14)
        #expect(report.intervals.count == 9)
        #expect(report.metrics["hr@10"] == 4.0 / 12)
        let interval = try #require(report.intervals["hr@10"])
        #expect(interval.lower < 4.0 / 12 && interval.upper > 4.0 / 12)
        #expect(report.segments.historyLength.map(\.name) == ["1-9", "10-49"])
        #expect(report.segments.historyLength.map(\.users) == [6, 6])
        #expect(report.segments.popularity.map(\.name) == ["head", "middle"])
        #expect(report.segments.popularity.map { $0.metrics["hr@10"] } == [1, 0])
    }

    @Test func jsonHasTheNamesOfTheContractAndComesBack() throws {
        let report = try Self.report(notes: ["a note"])
        let json = try report.json()
        #expect(!json.contains("\n"))
        let members = try #require(
            try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
        let names = [
            "protocol", "model", "seed", "split", "metrics", "trainSeconds", "epochs",
            "peakMemoryBytes",
        ]
        #expect(Set(names).isSubset(of: Set(members.keys)))
        let again = try EvaluationReport(json: Data(json.utf8))
        #expect(again.metrics == report.metrics)
        #expect(again.segments == report.segments)
        #expect(again.notes == ["a note"])
        #expect(throws: (any Error).self) { try EvaluationReport(json: Data("{}".utf8)) }
    }

    @Test func theDecisiveMetricComesFirst() throws {
        var report = try Self.report()
        #expect(report.orderedMetrics.prefix(2).map(\.description) == ["ndcg@10", "hr@10"])
        report.decisive = "recall@20"
        #expect(
            report.orderedMetrics.prefix(4).map(\.description)
                == ["recall@20", "ndcg@10", "hr@10", "recall@10"])
    }

    @Test func theTableIsAlignedAndHasTheOthersBeside() throws {
        let other = try Self.report(model: "vae", shift: 200)
        let lines = try Self.report(notes: ["cut here"]).table(beside: [other])
            .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        #expect(lines[0] == "protocol L, ease, test, seed 1: 12 users")
        #expect(lines[1] == "cut here")
        #expect(lines[3] == "metric           ease     95 % interval     vae")
        let hits = try #require(lines.first { $0.hasPrefix("hr@10") })
        #expect(hits.hasPrefix("hr@10          0.3333  0."))
        #expect(hits.hasSuffix("  1.0000"))
        // Columns end where their headings end.
        #expect(lines[3...17].allSatisfy { $0.count == lines[3].count })
        #expect(lines.contains("items in history  users  ndcg@10     95 % interval     vae"))
        #expect(lines.contains { $0.hasPrefix("head              4   1.0000") })
        #expect(lines.last == "trained 1.5 s, best epoch 3, 0.50 s an epoch, peak memory 20 MB")
    }

    @Test func seedsTellReportsOfOneModelApart() throws {
        let reports = [try Self.report(), try Self.report(seed: 2), try Self.report(model: "vae")]
        #expect(
            reports.map { EvaluationReport.label($0, among: reports) }
                == ["ease seed 1", "ease seed 2", "vae"])
        #expect(reports[0].isComparable(with: reports[2]))
        var other = reports[0]
        other.split = "validation"
        #expect(!reports[0].isComparable(with: other))
        #expect(!reports[0].isComparable(with: try Self.report(notes: ["another cut"])))
    }

    @Test func textTablesPadEachColumn() {
        let table = TextTable(rows: [["a", "bb", "c"], ["long", "1"], ["x", "", "22"]])
        #expect(table.lines == ["a     bb   c", "long   1", "x         22"])
        #expect(TextTable(rows: []).lines.isEmpty)
    }
}
