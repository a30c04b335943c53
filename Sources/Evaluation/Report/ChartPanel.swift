import Foundation

/// One pair of axes with groups of bars, a bar for each model. Wide enough that no text meets
/// another.
struct ChartPanel {
    struct Bar {
        var value: Double
        var interval: EvaluationReport.Interval?
    }

    struct Group {
        var label: String
        /// A second line under the label.
        var note = ""
        /// One for each model; nil where it wasn't measured.
        var bars: [Bar?]
    }

    static let height = 250.0
    private static let left = 52.0
    private static let top = 40.0
    private static let bottom = 44.0
    private static let labelSize = 11.0
    private static let titleSize = 13.0

    let title: String
    let groups: [Group]
    /// Of the models, in the order of each group's bars.
    let colors: [String]
    let models: [String]

    var width: Double {
        max(
            Self.left + Double(groups.count) * groupWidth + 16,
            SVGDocument.width(of: title, size: Self.titleSize) + 24)
    }

    private var groupWidth: Double {
        let texts = groups.flatMap { [$0.label, $0.note] }
        let widest = texts.map { SVGDocument.width(of: $0, size: Self.labelSize) }.max() ?? 0
        return max(46, widest + 10, Double(models.count) * 14 + 18)
    }

    func draw(into svg: inout SVGDocument, x: Double, y: Double) {
        let axis = ChartAxis(
            reaching: groups.flatMap(\.bars)
                .map { max($0?.value ?? 0, $0?.interval?.upper ?? 0) }.max() ?? 0)
        let plotHeight = Self.height - Self.top - Self.bottom
        let floor = y + Self.top + plotHeight
        func place(_ value: Double) -> Double { floor - value / axis.end * plotHeight }
        svg.text(title, x: x + 8, y: y + 18, size: Self.titleSize, isBold: true)
        let right = x + Self.left + Double(groups.count) * groupWidth
        for tick in axis.ticks {
            svg.line(
                from: (x + Self.left, place(tick)), to: (right, place(tick)),
                color: SVGDocument.gridline)
            svg.text(
                axis.label(tick), x: x + Self.left - 6, y: place(tick) + 4, size: Self.labelSize,
                anchor: .end, color: SVGDocument.paleInk)
        }
        for (number, group) in groups.enumerated() {
            let start = x + Self.left + Double(number) * groupWidth
            draw(group, into: &svg, x: start, place: place)
            let middle = start + groupWidth / 2
            svg.text(
                group.label, x: middle, y: floor + 16, size: Self.labelSize, anchor: .middle)
            svg.text(
                group.note, x: middle, y: floor + 31, size: Self.labelSize, anchor: .middle,
                color: SVGDocument.paleInk)
        }
        svg.line(
            from: (x + Self.left, floor), to: (right, floor), color: SVGDocument.paleInk)
    }

    private func draw(
        _ group: Group, into svg: inout SVGDocument, x: Double, place: (Double) -> Double
    ) {
        let step = min(26, (groupWidth - 12) / Double(models.count))
        let start = x + (groupWidth - step * Double(models.count)) / 2
        for (model, bar) in group.bars.enumerated() {
            guard let bar else { continue }
            let left = start + step * Double(model)
            let value = EvaluationReport.text(bar.value)
            svg.rectangle(
                x: left + 1, y: place(bar.value), width: step - 2,
                height: place(0) - place(bar.value), fill: colors[model],
                tip: "\(models[model]), \(group.label): \(value)")
            var end = place(bar.value)
            if let interval = bar.interval {
                drawWhisker(interval, into: &svg, x: left + step / 2, place: place)
                end = place(interval.upper)
            }
            guard models.count == 1 else { continue }
            svg.text(
                String(format: "%.3f", bar.value), x: left + step / 2, y: end - 5, size: 10,
                anchor: .middle, hasHalo: true)
        }
    }

    private func drawWhisker(
        _ interval: EvaluationReport.Interval, into svg: inout SVGDocument, x: Double,
        place: (Double) -> Double
    ) {
        let (low, high) = (place(interval.lower), place(interval.upper))
        svg.line(from: (x, low), to: (x, high), color: SVGDocument.ink, thickness: 1.2)
        for y in [low, high] {
            svg.line(from: (x - 3, y), to: (x + 3, y), color: SVGDocument.ink, thickness: 1.2)
        }
    }
}

/// Where the gridlines of an axis from zero are.
struct ChartAxis {
    let ticks: [Double]
    let end: Double
    private let decimals: Int

    /// - Parameter maximum: What the axis has to reach; an axis of nothing goes to 1.
    init(reaching maximum: Double) {
        let maximum = maximum > 0 ? maximum : 1
        // 0.4 / 4 is a hair below 0.1.
        let power = pow(10, floor(log10(maximum / 4) + 1e-9))
        let step =
            [1, 2, 2.5, 5, 10].map { $0 * power }.first { $0 * 4 >= maximum * (1 - 1e-9) } ?? 10
            * power
        let count = Int((maximum / step - 1e-9).rounded(.up))
        ticks = (0...count).map { Double($0) * step }
        end = Double(count) * step
        let isHalf = step / power == 2.5
        decimals = max(0, -Int(log10(power).rounded()) + (isHalf ? 1 : 0))
    }

    func label(_ tick: Double) -> String {
        String(format: "%.\(decimals)f", tick)
    }
}
