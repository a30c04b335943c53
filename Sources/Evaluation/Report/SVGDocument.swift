import Foundation

/// A picture in Scalable Vector Graphics 1.1, as far as a chart of bars needs it.
struct SVGDocument {
    /// Where a text's x is.
    enum Anchor: String {
        case start, middle, end
    }

    static let ink = "#1f2933"
    static let paleInk = "#5f6b76"
    static let gridline = "#dfe3e8"

    /// How wide a text is at most: the widest of the usual sans-serif fonts.
    static func width(of text: String, size: Double) -> Double {
        Double(text.count) * size * 0.62
    }

    private let width: Double
    private let height: Double
    private let title: String
    private var elements: [String] = []

    init(width: Double, height: Double, title: String) {
        self.width = width
        self.height = height
        self.title = title
    }

    /// - Parameter tip: Shown when the pointer rests on it.
    mutating func rectangle(
        x: Double, y: Double, width: Double, height: Double, fill: String, tip: String = ""
    ) {
        elements.append(
            "<rect x=\"\(Self.number(x))\" y=\"\(Self.number(y))\" width=\"\(Self.number(width))\" "
                + "height=\"\(Self.number(height))\" fill=\"\(fill)\">"
                + "<title>\(Self.escaped(tip))</title></rect>")
    }

    mutating func line(
        from start: (x: Double, y: Double), to end: (x: Double, y: Double), color: String,
        thickness: Double = 1
    ) {
        elements.append(
            "<line x1=\"\(Self.number(start.x))\" y1=\"\(Self.number(start.y))\" "
                + "x2=\"\(Self.number(end.x))\" y2=\"\(Self.number(end.y))\" stroke=\"\(color)\" "
                + "stroke-width=\"\(Self.number(thickness))\"/>")
    }

    /// - Parameter hasHalo: Whether lines behind it keep a distance.
    mutating func text(
        _ text: String, x: Double, y: Double, size: Double, anchor: Anchor = .start,
        isBold: Bool = false, color: String = SVGDocument.ink, hasHalo: Bool = false
    ) {
        let halo = hasHalo ? " stroke=\"#ffffff\" stroke-width=\"3\" paint-order=\"stroke\"" : ""
        elements.append(
            "<text x=\"\(Self.number(x))\" y=\"\(Self.number(y))\" "
                + "font-size=\"\(Self.number(size))\" text-anchor=\"\(anchor.rawValue)\" "
                + "font-weight=\"\(isBold ? "600" : "400")\" fill=\"\(color)\"\(halo)>"
                + "\(Self.escaped(text))</text>")
    }

    /// The file's text.
    var source: String {
        let size = "\(Self.number(width)) \(Self.number(height))"
        let head = """
            <?xml version="1.0" encoding="UTF-8"?>
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(size)" \
            width="\(Self.number(width))" height="\(Self.number(height))" role="img" \
            font-family="system-ui, 'DejaVu Sans', sans-serif">
            <title>\(Self.escaped(title))</title>
            <rect width="100%" height="100%" fill="#ffffff"/>
            """
        return ([head] + elements + ["</svg>"]).joined(separator: "\n") + "\n"
    }

    private static func number(_ value: Double) -> String {
        let text = String(format: "%.2f", value)
        return text.hasSuffix(".00") ? String(text.dropLast(3)) : text
    }

    /// XML 1.0, section 2.4; characters that XML can't hold become question marks.
    private static func escaped(_ text: String) -> String {
        text.unicodeScalars.map { scalar in
            switch scalar {
            case "&": "&amp;"
            case "<": "&lt;"
            case ">": "&gt;"
            case "\"": "&quot;"
            case _ where scalar.value < 0x20 || scalar.value >= 0xFFFE && scalar.value <= 0xFFFF:
                "?"
            default: String(scalar)
            }
        }.joined()
    }
}
