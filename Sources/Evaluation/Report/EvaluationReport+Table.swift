import Foundation
import Support

extension EvaluationReport {
    /// Lines for a person: every metric with its interval, the segments by the decisive metric, and
    /// what the training took.
    ///
    /// - Parameter others: Earlier reports on the same users, shown beside.
    package func table(beside others: [EvaluationReport] = []) -> String {
        let title =
            "protocol \(self.protocol), \(model), \(split), seed \(seed): \(users) users"
            + (cases > users ? ", \(cases) cases" : "")
        let cost =
            String(
                format: "trained %.1f s, best epoch %d, %.2f s an epoch, peak memory %d MB",
                trainSeconds, epochs, secondsPerEpoch, peakMemoryBytes / 1_000_000)
            + (weightBytes.map { String(format: ", weights %.2f MB", Double($0) / 1e6) } ?? "")
        let parts = [
            [title] + notes, metricLines(others),
            segmentLines("items in history", \.historyLength, others),
            segmentLines("target items", \.popularity, others),
            ensemble?.lines(of: model, decisive: decisive) ?? [], [cost],
        ]
        return parts.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") }
            .joined(separator: "\n\n")
    }

    private func metricLines(_ others: [EvaluationReport]) -> [String] {
        let heading = ["metric", Self.label(self, among: others), "95 % interval"]
        let rows = orderedMetrics.map(\.description).map { name in
            [name, Self.text(metrics[name]), Self.text(intervals[name])]
                + others.map { Self.text($0.metrics[name]) }
        }
        return TextTable(
            rows: [heading + others.map { Self.label($0, among: [self] + others) }] + rows
        ).lines
    }

    private func segmentLines(
        _ title: String, _ path: KeyPath<Segments, [Segment]>, _ others: [EvaluationReport]
    ) -> [String] {
        let parts = segments[keyPath: path]
        guard !parts.isEmpty else { return [] }
        let heading =
            [title, "users", decisive, "95 % interval"]
            + others.map { Self.label($0, among: [self] + others) }
        let rows = parts.map { part in
            [
                part.name, "\(part.users)", Self.text(part.metrics[decisive]),
                Self.text(part.intervals[decisive]),
            ]
                + others.map { other in
                    let same = other.segments[keyPath: path].first { $0.name == part.name }
                    return Self.text(same?.metrics[decisive])
                }
        }
        return TextTable(rows: [heading] + rows).lines
    }

    /// The model's name, with its seed where another report has the same.
    static func label(_ report: EvaluationReport, among others: [EvaluationReport]) -> String {
        let isAlone = others.count { $0.model == report.model && $0.seed != report.seed } == 0
        return isAlone ? report.model : "\(report.model) seed \(report.seed)"
    }

    static func text(_ value: Double?) -> String {
        guard let value else { return "-" }
        return String(format: abs(value) < 100 ? "%.4f" : "%.1f", value)
    }

    private static func text(_ interval: Interval?) -> String {
        interval.map { "\(text($0.lower)) to \(text($0.upper))" } ?? ""
    }
}
