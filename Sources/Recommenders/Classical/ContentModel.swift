import Events
import Foundation
import NeuralNetwork
import Tensor

/// What the items of a history are, and which others are like them. It learns nothing from who
/// liked what, so it ranks an item that nobody has found yet like any other.
///
///     profile = Σ_k strength_k · 2^(−(n − k) / halfLifeEvents) · x_{i_k}
///     score(j) = profile · x_j / ‖profile‖
///
/// i_1 … i_n are the history's positive events, oldest first. x are vectors of length 1: TF-IDF of
/// categories, title words and attributes (`ContentVocabulary`), or the embeddings that the
/// application gave, where every item that it said anything of has one, all of the same length.
///
/// Reference: Pazzani & Billsus, "Content-Based Recommendation Systems", The Adaptive Web 2007,
/// sections 10.2 and 10.4 (Rocchio's profile, without negative examples).
///
/// - Complexity: O(events of the history · terms of an item + terms of all items) to score.
package struct ContentModel: ContentRecommender {
    static let defaults: ModelSettings = [
        "halfLifeEvents": 10, "categoryWeight": 1, "titleWeight": 1, "attributeWeight": 1,
        "maxTerms": 50_000, "useEmbeddings": 1,
        "embeddingDimensions": 0,
    ]

    package static let family = ModelFamily(
        name: "content", defaults: defaults, readsContent: true, reads: .order,
        makeLearner: { data, options in
            // There is nothing to learn from the events: done before the epoch begins.
            let model = try ContentModel(data, settings: options.settings.over(defaults))
            return SolvedModel(empty: model) { model }
        },
        load: { itemCount, weights, settings in
            try ContentModel(
                itemCount: itemCount, weights: weights, settings: settings.over(defaults))
        })

    private let vocabulary: ContentVocabulary?
    private let trained: ContentVectors
    /// Of items that came after the training.
    private var added: ContentVectors
    /// What reduced the given embeddings; nil where they are as they were given.
    private let components: PrincipalComponents?
    private let halfLife: Double
    package let settings: ModelSettings

    package var itemCount: Int { trained.itemCount + added.itemCount }

    /// Whether anything is known of an item of the history.
    package func canAnswer(_ history: History) -> Bool {
        history.interactions.contains { $0.strength > 0 && !isUnknown($0.item.row) }
    }

    private func isUnknown(_ row: Int) -> Bool {
        row < trained.itemCount
            ? trained.isZero(row) : added.isZero(row - trained.itemCount)
    }

    package func scores(for histories: [History]) -> [Float] {
        scores(rows: histories) { history, scores in
            let profile = profile(of: history)
            trained.products(
                with: profile, into: .init(rebasing: scores[..<trained.itemCount]))
            added.products(
                with: profile, into: .init(rebasing: scores[trained.itemCount...]))
        }
    }

    /// What the history is about, at length 1; zeros where nothing is known of its items.
    private func profile(of history: History) -> [Float] {
        let liked = history.interactions.filter { $0.strength > 0 }
        var profile = [Float](repeating: 0, count: trained.width)
        for (place, interaction) in liked.enumerated() {
            let age = Double(liked.count - 1 - place)
            let recency = halfLife > 0 ? Float(exp2(-age / halfLife)) : 1
            let row = interaction.item.row
            let factor = interaction.strength * recency
            if row < trained.itemCount {
                trained.add(row, times: factor, to: &profile)
            } else {
                added.add(row - trained.itemCount, times: factor, to: &profile)
            }
        }
        let norm = profile.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return norm > 0 ? profile.map { $0 / norm } : profile
    }

    /// New items by the checkpoint's vocabulary, or by their embeddings.
    package func adding(_ items: [ItemContent]) -> any ContentRecommender {
        var grown = self
        grown.added = added.appending(
            components?.reduced(items) ?? items, vocabulary: vocabulary)
        return grown
    }

    package func parameters() -> [Safetensors.Entry] {
        switch trained {
        case .terms(let matrix): matrix.entries("vectors") + (vocabulary?.entries ?? [])
        case .embeddings(let table):
            [Safetensors.Entry(name: "embeddings", shape: table.shape, floats: table.elements)]
                + (components?.entries ?? [])
        }
    }
}

extension ContentModel {
    private init(
        vocabulary: ContentVocabulary?, trained: ContentVectors,
        components: PrincipalComponents? = nil, settings: ModelSettings
    ) throws(ModelError) {
        self.components = components
        halfLife = try settings.real("halfLifeEvents", in: 0...1e9)
        self.vocabulary = vocabulary
        self.trained = trained
        self.settings = settings
        switch trained {
        case .terms(let matrix): added = .terms(SparseMatrix(columnCount: matrix.columnCount))
        case .embeddings(let table): added = .init(normalizing: [], width: table.columnCount)
        }
    }

    /// - Throws: `ModelError.noItemContents` where there is nothing to know items by.
    fileprivate init(_ data: TrainingSet, settings: ModelSettings) throws {
        let dimensions = try settings.embeddingDimensions()
        let maxTerms = try settings.integer("maxTerms", in: 1...Int(Int32.max))
        var weights: [ContentTerms.Source: Double] = [:]
        for source in ContentTerms.Source.allCases {
            weights[source] = try settings.real("\(source)Weight", in: 0...1e6)
        }
        if try settings.integer("useEmbeddings", in: 0...1) == 1,
            let width = Self.commonWidth(of: data.itemContents)
        {
            try OpenBLAS.load()
            let components = PrincipalComponents(
                of: data.itemContents, inputSize: width, outputSize: dimensions)
            let contents = components?.reduced(data.itemContents) ?? data.itemContents
            let vectors = ContentVectors(
                normalizing: contents.map(\.embedding), width: components?.outputSize ?? width)
            try self.init(
                vocabulary: nil, trained: vectors, components: components, settings: settings)
            return
        }
        let terms = data.itemContents.map(ContentTerms.terms)
        let vocabulary = ContentVocabulary(of: terms, limit: maxTerms) { weights[$0] ?? 0 }
        guard !vocabulary.terms.isEmpty else { throw ModelError.noItemContents }
        let matrix = SparseMatrix(
            rows: terms.map(vocabulary.vector), columnCount: vocabulary.terms.count)
        try self.init(vocabulary: vocabulary, trained: .terms(matrix), settings: settings)
    }

    /// The length of all embeddings; nil where an item that something is known of has none, or one
    /// of another length.
    private static func commonWidth(of contents: [ItemContent]) -> Int? {
        let widths = Set(contents.lazy.filter { !$0.isEmpty }.map(\.embedding.count))
        guard widths.count == 1, let width = widths.first, width > 0 else { return nil }
        return width
    }

    fileprivate init(itemCount: Int, weights: Safetensors, settings: ModelSettings) throws {
        if weights.entries.contains(where: { $0.name == "embeddings" }) {
            try OpenBLAS.load()
            let shape = [itemCount, try weights.entry("embeddings").shape.last ?? 0]
            let elements = try weights.checkedFloats("embeddings", shape: shape)
            try self.init(
                vocabulary: nil, trained: .embeddings(Tensor(shape: shape, elements: elements)),
                components: try PrincipalComponents(weights, outputSize: shape[1]),
                settings: settings)
            return
        }
        let vocabulary = try ContentVocabulary(weights)
        let matrix = try SparseMatrix(
            "vectors", rowCount: itemCount, columnCount: vocabulary.terms.count, from: weights)
        try self.init(vocabulary: vocabulary, trained: .terms(matrix), settings: settings)
    }
}

extension ContentVectors {
    /// With the vectors of more items behind its own.
    fileprivate func appending(
        _ items: [ItemContent], vocabulary: ContentVocabulary?
    ) -> ContentVectors {
        switch self {
        case .terms(var matrix):
            for item in items {
                matrix.appendRow(vocabulary?.vector(ContentTerms.terms(of: item)) ?? [])
            }
            return .terms(matrix)
        case .embeddings(let table):
            let more = ContentVectors(normalizing: items.map(\.embedding), width: width)
            guard case .embeddings(let other) = more else { return self }
            return .embeddings(
                Tensor(
                    shape: [itemCount + more.itemCount, width],
                    elements: table.elements + other.elements))
        }
    }
}
