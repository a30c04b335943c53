import Foundation
import FoundationXML
import Testing

@testable import Evaluation

@Suite struct EvaluationChartTests {
    private func picture(_ reports: [EvaluationReport]) throws -> DrawnPicture {
        try #require(DrawnPicture(svg: EvaluationChart(reports).svg), "no XML")
    }

    @Test(arguments: [1, 2, 3, 7])
    func isXMLWithoutTextOnText(count: Int) throws {
        let reports = try (1...count).map {
            try EvaluationReportTests.report(
                model: "transformer-large", seed: UInt64($0), shift: Float($0))
        }
        let picture = try picture(reports)
        #expect(picture.texts.count > 20)
        for (number, text) in picture.texts.enumerated() {
            #expect(picture.frame.contains(text.box), "\(text.words) leaves the picture")
            for other in picture.texts[..<number] {
                #expect(!text.box.intersects(other.box), "\(text.words) on \(other.words)")
            }
        }
        #expect(picture.bars.allSatisfy { picture.frame.contains($0.box) })
    }

    @Test func barsAreAsHighAsTheirValues() throws {
        let report = try EvaluationReportTests.report()
        let picture = try picture([report])
        func height(_ tip: String) throws -> CGFloat {
            try #require(picture.bars.first { $0.words.hasPrefix(tip) }, "\(tip)").box.height
        }
        let hits = try height("ease, hr@10: 0.3333")
        let precision = try height("ease, precision@10")
        #expect(abs(hits * 0.1 - precision) < 0.05)
        #expect(try height("ease, middle: 0.0000") == 0)
        #expect(picture.texts.contains { $0.words == "6 users" })
        #expect(picture.texts.contains { $0.words == "Protocol L, test: 12 users" })
    }

    @Test func everyModelHasItsBarsAndItsName() throws {
        let reports = [
            try EvaluationReportTests.report(),
            try EvaluationReportTests.report(model: "a<b> & \"c\"\u{1}", shift: 300),
        ]
        let picture = try picture(reports)
        #expect(picture.texts.contains { $0.words == "a<b> & \"c\"?" })
        #expect(picture.bars.contains { $0.words == "a<b> & \"c\"?, hr@10: 1.0000" })
        #expect(picture.bars.contains { $0.words == "ease, hr@10: 0.3333" })
    }

    @Test(arguments: [
        (0.18, ["0.00", "0.05", "0.10", "0.15", "0.20"]),
        (0.4, ["0.0", "0.1", "0.2", "0.3", "0.4"]),
        (1.0, ["0.00", "0.25", "0.50", "0.75", "1.00"]),
        (0.0, ["0.00", "0.25", "0.50", "0.75", "1.00"]),
        (0.0061, ["0.000", "0.002", "0.004", "0.006", "0.008"]),
        (37.0, ["0", "10", "20", "30", "40"]),
    ])
    func ticksAreRoundNumbers(maximum: Double, labels: [String]) {
        let axis = ChartAxis(reaching: maximum)
        #expect(axis.ticks.map(axis.label) == labels)
        #expect(axis.end >= maximum)
    }
}

/// What a picture shows, read back from its XML.
private final class DrawnPicture: NSObject, XMLParserDelegate {
    struct Shape {
        var box: CGRect
        var words: String
    }

    private(set) var frame = CGRect.zero
    private(set) var texts: [Shape] = []
    /// With their tips.
    private(set) var bars: [Shape] = []
    private var box: CGRect?
    private var words = ""

    init?(svg: String) {
        super.init()
        let parser = XMLParser(data: Data(svg.utf8))
        parser.delegate = self
        guard parser.parse() else { return nil }
    }

    func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
        qualifiedName: String?, attributes: [String: String]
    ) {
        func number(_ key: String) -> CGFloat { CGFloat(Double(attributes[key] ?? "") ?? 0) }
        switch name {
        case "svg": frame = CGRect(x: 0, y: 0, width: number("width"), height: number("height"))
        case "rect" where attributes["x"] != nil:
            box = CGRect(
                x: number("x"), y: number("y"), width: number("width"), height: number("height"))
        case "text":
            box = CGRect(x: number("x"), y: number("y"), width: 0, height: number("font-size"))
            anchor = attributes["text-anchor"] ?? ""
        default: break
        }
        words = ""
    }

    private var anchor = ""

    func parser(_ parser: XMLParser, foundCharacters string: String) { words += string }

    func parser(
        _ parser: XMLParser, didEndElement name: String, namespaceURI: String?,
        qualifiedName: String?
    ) {
        guard let box else { return }
        switch name {
        case "title": bars.append(Shape(box: box, words: words))
        case "text" where !words.isEmpty:
            let width = SVGDocument.width(of: words, size: box.height)
            let shift = anchor == "middle" ? width / 2 : anchor == "end" ? width : 0
            texts.append(
                Shape(
                    box: CGRect(
                        x: box.minX - shift, y: box.minY - box.height * 0.8, width: width,
                        height: box.height), words: words))
        case "text", "rect": break
        default: return
        }
        if name != "title" { self.box = nil }
    }
}
