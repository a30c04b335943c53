import Foundation

/// A Swift file of the project, as text.
struct SourceFile {
    /// The package's folder.
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    let path: String
    let module: String
    let lines: [String]

    static func all(under folder: String) -> [SourceFile] {
        guard let names = FileManager.default.enumerator(atPath: "\(root)/\(folder)") else {
            return []
        }
        return names.compactMap { $0 as? String }.filter { $0.hasSuffix(".swift") }.sorted()
            .compactMap { name in
                let path = "\(folder)/\(name)"
                guard let data = FileManager.default.contents(atPath: "\(root)/\(path)") else {
                    return nil
                }
                let text = String(decoding: data, as: UTF8.self)
                return SourceFile(
                    path: path, module: String(name.prefix { $0 != "/" }),
                    lines: text.split(separator: "\n", omittingEmptySubsequences: false)
                        .map(String.init))
            }
    }

    var imports: [String] {
        lines.compactMap { line in
            let words = line.split(separator: " ")
            return words.count == 2 && words[0] == "import" ? String(words[1]) : nil
        }
    }

    /// Whether all that it declares meets `TensorScalar`; `PlainKernels` documents what that is.
    var isConformance: Bool {
        ["Tensor/Float+", "Tensor/Double+", "Tensor/TensorScalar+Plain"].contains {
            path.contains($0)
        }
    }

    /// What a protocol asks for is documented there.
    func documentsElsewhere(_ declaration: String) -> Bool {
        let known = [
            "canAnswer", "scores(for", "scores(of", "encoding(of", "parameters()", "recommender()",
            "encode(to", "hash(into", "next()", "==(", "+(", "<(", "callAsFunction",
        ]
        return known.contains { declaration.contains($0) }
    }
}
