import Foundation
import Testing

/// The rules of style that a program can check.
@Suite struct TidyTests {
    /// Layers of docs/ARCHITECTURE.md: a module imports only from lower ones.
    private static let layers = [
        "CKernels": 0, "CLinux": 0, "CNGHTTP2": 0, "COpenBLAS": 0, "CSimdjson": 0,
        "CZlib": 0, "Metrics": 1, "Support": 1, "Events": 2,
        "Tensor": 2, "NeuralNetwork": 3, "Evaluation": 3, "HTTP": 3, "Sockets": 3, "Importing": 3,
        "Recommenders": 4, "Store": 4, "Serving": 5, "TrainerPipe": 5, "HTTPServer": 6,
        "Training": 6, "Jobs": 6, "API": 7, "starling": 8,
    ]

    /// The modules that may import each of these.
    private static let owners = [
        "CKernels": ["Tensor"], "CLinux": ["Sockets", "Support"], "CNGHTTP2": ["HTTP"],
        "COpenBLAS": ["Tensor"], "CSimdjson": ["Events"], "CZlib": ["HTTP"], "GRDB": ["Store"],
        "GRDBSQLite": ["Store"], "Configuration": ["starling"], "ArgumentParser": ["starling"],
    ]

    private static let documented = ["Tensor", "NeuralNetwork", "Recommenders", "Evaluation"]

    private let sources = SourceFile.all(under: "Sources")

    @Test func thereIsSomethingToCheck() {
        #expect(sources.count > 100)
        #expect(Set(sources.map(\.module)).isSubset(of: Set(Self.layers.keys)))
    }

    @Test func importsPointDown() {
        for file in sources {
            let layer = Self.layers[file.module] ?? 0
            for name in file.imports {
                if let other = Self.layers[name] {
                    #expect(other < layer, "\(file.path) imports \(name)")
                }
                if let owners = Self.owners[name] {
                    #expect(owners.contains(file.module), "\(file.path) imports \(name)")
                }
            }
        }
    }

    @Test func filesAreShort() {
        for file in sources + SourceFile.all(under: "Tests") {
            #expect(file.lines.count <= 500, "\(file.path) has \(file.lines.count) lines")
        }
    }

    @Test func nothingIsForcedOrLeftUnfinished() {
        let banned = [
            "try" + "!", "as" + "! ", "fatalError(", "catch {}", "TO" + "DO", "FIX" + "ME",
        ]
        for file in sources {
            for (number, line) in file.lines.enumerated() {
                for word in banned where line.contains(word) {
                    Issue.record("\(file.path):\(number + 1) has \(word)")
                }
            }
        }
    }

    @Test func numericDeclarationsAreDocumented() {
        let kinds = ["func", "struct", "final class", "enum", "protocol", "init"]
        for file in sources
        where Self.documented.contains(file.module) && !file.isConformance {
            for (number, line) in file.lines.enumerated() where number > 0 {
                let text = line.trimmingCharacters(in: .whitespaces)
                let declares =
                    kinds.contains { text.hasPrefix("package \($0) ") }
                    || text.hasPrefix("package static func ")
                guard declares, !text.contains(" init(") else { continue }
                let above = file.lines[..<number].lazy
                    .map { $0.trimmingCharacters(in: .whitespaces) }
                    .last { !$0.hasPrefix("@") }
                let hasComment = above?.hasPrefix("///") ?? false
                let satisfiesProtocol = file.documentsElsewhere(text)
                #expect(
                    hasComment || satisfiesProtocol, "\(file.path):\(number + 1) has no doc comment"
                )
            }
        }
    }

    @Test func decisionsAreNumberedWithoutGaps() throws {
        let folder = SourceFile.root + "/docs/decisions"
        let numbers = try FileManager.default.contentsOfDirectory(atPath: folder)
            .compactMap { Int($0.prefix(4)) }.sorted()
        #expect(numbers == Array(1...numbers.count))
    }

    /// docs/models/adding-a-model.md quotes a file that is compiled and held to the contract.
    @Test func theModelThatTheDocsShowIsTheTestedOne() throws {
        let files = SourceFile.all(under: "Tests/RecommendersTests")
        let example = try #require(files.first { $0.path.hasSuffix("/Companions.swift") })
        let start = try #require(example.lines.firstIndex { $0.hasPrefix("///") })
        let text = example.lines[start...].joined(separator: "\n")
        let page = try String(
            contentsOfFile: SourceFile.root + "/docs/models/adding-a-model.md", encoding: .utf8)
        #expect(page.contains("```swift\n" + text + "```"), "quote \(example.path) as it is")
    }
}
