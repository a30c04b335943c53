import ArgumentParser
import Evaluation
import Foundation

/// The flags that say how a measurement is shown.
struct EvaluationOutput: ParsableArguments {
    @Flag(help: "Print one JSON object on standard output.")
    var json = false

    @Option(help: ArgumentHelp("Draw a chart too.", valueName: "file"))
    var svg: String?

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Earlier results of --json on the same users, to stand beside.", valueName: "file ..."))
    var compare: [String] = []

    func validate() throws {
        guard compare.count < EvaluationChart.maximumReports else {
            throw ValidationError(
                "--compare takes at most \(EvaluationChart.maximumReports - 1) files")
        }
        if let svg {
            // Better now than after the training.
            let folder = URL(filePath: svg).deletingLastPathComponent().path
            guard FileManager.default.isWritableFile(atPath: folder) else {
                throw ValidationError("--svg \(svg) can't be written: no folder for it")
            }
        }
    }

    /// - Throws: `ValidationError` for a file that isn't a result.
    func earlierReports() throws -> [EvaluationReport] {
        try compare.map { path in
            do {
                return try EvaluationReport(json: try Data(contentsOf: URL(filePath: path)))
            } catch {
                throw ValidationError("--compare \(path) has no result of evaluate --json")
            }
        }
    }

    /// Prints the report, and draws it where that is wanted.
    ///
    /// - Throws: `ValidationError` for an earlier report on other users; the chart is not drawn
    ///   then, and the report has been printed.
    func write(_ report: EvaluationReport, beside earlier: [EvaluationReport]) throws {
        let comparable = earlier.filter { report.isComparable(with: $0) }
        let candidates = report.ensemble?.candidates ?? []
        print(json ? try report.json() : report.table(beside: candidates + comparable))
        guard comparable.count == earlier.count else {
            throw ValidationError("--compare has a result of another protocol, split or data set")
        }
        if let svg {
            let shown = ([report] + earlier + candidates).prefix(EvaluationChart.maximumReports)
            try Data(EvaluationChart(Array(shown)).svg.utf8)
                .write(to: URL(filePath: svg), options: .atomic)
        }
    }
}
