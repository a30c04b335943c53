import Foundation

/// One picture of one or several reports on the same users: accuracy with its intervals, the
/// decisive metric by length of history and by popularity of the targets, and what the lists show.
package struct EvaluationChart {
    /// Colours that people tell apart whatever they see.
    ///
    /// Reference: Okabe & Ito, "Color Universal Design", 2008.
    private static let palette = [
        "#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#8a8f98",
    ]
    /// More models than this can't be told apart.
    package static let maximumReports = palette.count

    private static let margin = 16.0
    private static let gap = 14.0
    private static let minimumWidth = 640.0
    private static let headSize = 16.0
    private static let textSize = 12.0

    private let reports: [EvaluationReport]
    private let models: [String]

    /// - Parameter reports: At least one and at most `maximumReports`, comparable with each other;
    ///   the first one says which metrics are shown.
    package init(_ reports: [EvaluationReport]) {
        precondition(
            (1...Self.maximumReports).contains(reports.count), "a chart of \(reports.count)")
        self.reports = reports
        models = reports.map { EvaluationReport.label($0, among: reports) }
    }

    /// The picture as a text: SVG 1.1.
    package var svg: String {
        let rows = arranged(panels)
        let width = 2 * Self.margin + (rows.map(rowWidth).max() ?? 0)
        let legend = legendLines(width: width - 2 * Self.margin)
        let head = Self.margin + 42 + 20 * Double(legend.count)
        let height = head + Double(rows.count) * (ChartPanel.height + Self.gap)
        var document = SVGDocument(width: width, height: height, title: heading)
        drawHead(into: &document, legend: legend)
        for (number, row) in rows.enumerated() {
            var x = Self.margin
            let y = head + Double(number) * (ChartPanel.height + Self.gap)
            for panel in row {
                panel.draw(into: &document, x: x, y: y)
                x += panel.width + Self.gap
            }
        }
        return document.source
    }

    private var heading: String {
        "Protocol \(reports[0].protocol), \(reports[0].split): \(reports[0].users) users"
    }

    private static let explanation = "Means over users; whiskers are 95 % bootstrap intervals."

    // MARK: Panels

    private var panels: [ChartPanel] {
        let metrics = reports[0].orderedMetrics
        // Accuracy in the literal sense is near 1 for every model and would flatten the others.
        let accuracy = metrics.filter { $0.isPerUser && $0.kind != .accuracy }
        let lists = metrics.filter { [.coverage, .gini, .diversity].contains($0.kind) }
        let decisive = reports[0].decisive
        let candidates = [
            panel("Accuracy", accuracy.map(group)),
            panel("\(decisive) by items in the history", groups(\.historyLength)),
            panel("\(decisive) by popularity of the targets", groups(\.popularity)),
            panel("The lists together", lists.map(group)),
        ]
        return candidates.filter { !$0.groups.isEmpty }
    }

    private func panel(_ title: String, _ groups: [ChartPanel.Group]) -> ChartPanel {
        ChartPanel(title: title, groups: groups, colors: Self.palette, models: models)
    }

    private func group(_ metric: MetricKey) -> ChartPanel.Group {
        let name = metric.description
        return ChartPanel.Group(
            label: name,
            bars: reports.map { report in
                report.metrics[name].map {
                    ChartPanel.Bar(value: $0, interval: report.intervals[name])
                }
            })
    }

    private func groups(
        _ path: KeyPath<EvaluationReport.Segments, [EvaluationReport.Segment]>
    ) -> [ChartPanel.Group] {
        let decisive = reports[0].decisive
        return reports[0].segments[keyPath: path].map { segment in
            ChartPanel.Group(
                label: segment.name, note: "\(segment.users) users",
                bars: reports.map { report in
                    let same = report.segments[keyPath: path].first { $0.name == segment.name }
                    return same.flatMap { part in
                        part.metrics[decisive].map {
                            ChartPanel.Bar(value: $0, interval: part.intervals[decisive])
                        }
                    }
                })
        }
    }

    // MARK: Layout

    /// Panels side by side as long as they fit into the width of the widest one.
    private func arranged(_ panels: [ChartPanel]) -> [[ChartPanel]] {
        let width = max(Self.minimumWidth, panels.map(\.width).max() ?? 0)
        var rows: [[ChartPanel]] = []
        for panel in panels {
            if let row = rows.last, rowWidth(row + [panel]) <= width {
                rows[rows.count - 1].append(panel)
            } else {
                rows.append([panel])
            }
        }
        return rows
    }

    private func rowWidth(_ row: [ChartPanel]) -> Double {
        max(
            row.reduce(0) { $0 + $1.width } + Self.gap * Double(row.count - 1),
            SVGDocument.width(of: Self.explanation, size: Self.textSize),
            SVGDocument.width(of: heading, size: Self.headSize))
    }

    /// Which models stand in which line of the legend.
    private func legendLines(width: Double) -> [[Int]] {
        var lines: [[Int]] = []
        var used = 0.0
        for model in models.indices {
            let needed = legendWidth(model)
            if lines.isEmpty || used + needed > width {
                lines.append([])
                used = 0
            }
            lines[lines.count - 1].append(model)
            used += needed
        }
        return lines
    }

    private func legendWidth(_ model: Int) -> Double {
        SVGDocument.width(of: models[model], size: Self.textSize) + 34
    }

    private func drawHead(into document: inout SVGDocument, legend: [[Int]]) {
        document.text(
            heading, x: Self.margin + 8, y: Self.margin + 12, size: Self.headSize, isBold: true)
        document.text(
            Self.explanation, x: Self.margin + 8, y: Self.margin + 31, size: Self.textSize,
            color: SVGDocument.paleInk)
        for (line, models) in legend.enumerated() {
            var x = Self.margin + 8
            let y = Self.margin + 52 + 20 * Double(line)
            for model in models {
                document.rectangle(
                    x: x, y: y - 10, width: 12, height: 12, fill: Self.palette[model],
                    tip: self.models[model])
                document.text(self.models[model], x: x + 18, y: y, size: Self.textSize)
                x += legendWidth(model)
            }
        }
    }
}
