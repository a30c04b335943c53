import Events
import Foundation
import NeuralNetwork

/// The terms that a content-based model knows, and how much each of them says.
///
///     idf_t = ln((1 + N) / (1 + n_t)) + 1
///     x_it = weight_t · idf_t for the terms of item i, then x_i / ‖x_i‖
///
/// N items were trained on, n_t of them have term t; weight_t is that of the term's source.
///
/// Reference: Salton & Buckley, "Term-Weighting Approaches in Automatic Text Retrieval", IPM 1988;
/// the smoothed form is scikit-learn's. Differs: a term counts once an item.
struct ContentVocabulary: Sendable {
    let terms: [String]
    /// weight_t · idf_t, `[terms]`.
    let weights: [Float]
    private let numbers: [String: Int32]

    private init(terms: [String], weights: [Float]) {
        self.terms = terms
        self.weights = weights
        numbers = Dictionary(
            terms.enumerated().map { ($1, Int32($0)) }, uniquingKeysWith: { first, _ in first })
    }

    /// - Parameters:
    ///   - items: The terms of each item.
    ///   - limit: The terms of most items are kept; of equal ones those that come first by text.
    init(of items: [[String]], limit: Int, weight: (ContentTerms.Source) -> Double) {
        var counts: [String: Int] = [:]
        for term in items.joined() { counts[term, default: 0] += 1 }
        let kept = counts.sorted { (-$0.value, $0.key) < (-$1.value, $1.key) }.prefix(limit)
        self.init(
            terms: kept.map(\.key),
            weights: kept.map { term, count in
                let idf = log(Double(1 + items.count) / Double(1 + count)) + 1
                return Float((ContentTerms.source(of: term).map(weight) ?? 0) * idf)
            })
    }

    /// x_i; empty for an item without a known term.
    func vector(_ terms: [String]) -> [SparseMatrix.Element] {
        let known = terms.compactMap { numbers[$0] }.sorted().map { ($0, weights[Int($0)]) }
            .filter { $0.1 != 0 }
        let norm = known.reduce(Float(0)) { $0 + $1.1 * $1.1 }.squareRoot()
        return known.map { (column: $0, weight: $1 / norm) }
    }
}

extension ContentVocabulary {
    var entries: [Safetensors.Entry] {
        let text = Array(terms.joined(separator: "\n").utf8)
        return [
            Safetensors.Entry(name: "vocabulary", dtype: .u8, shape: [text.count], bytes: text),
            Safetensors.Entry(name: "termWeights", shape: [terms.count], floats: weights),
        ]
    }

    /// - Throws: `ModelError` or `SafetensorsError` where the file has no such vocabulary.
    init(_ file: Safetensors) throws {
        let bytes = try file.entry("vocabulary").bytes
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ModelError.wrongIndices(parameter: "vocabulary")
        }
        let terms = text.split(separator: "\n").map(String.init)
        self.init(
            terms: terms, weights: try file.checkedFloats("termWeights", shape: [terms.count]))
    }
}
