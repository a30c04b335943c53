import Foundation
import NeuralNetwork
import Testing

@testable import Recommenders

/// Tiny transformers whose scores PyTorch computed: Scripts/golden/transformer_golden.py.
@Suite struct TransformerGoldenTests {
    static let variants = ["softmax", "softmax-all", "pointwise", "pointwise-all"]

    private func checkpoint(_ variant: String) throws -> ModelCheckpoint {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../Golden/transformer-\(variant).safetensors")
        return try ModelCheckpoint(decoding: Array(Data(contentsOf: file)))
    }

    @Test(arguments: variants, [Transformer.family.name, Transformer.largeFamily.name])
    func scoresAsPyTorchDoes(variant: String, name: String) throws {
        let checkpoint = try checkpoint(variant)
        let family = try #require(ModelRegistry.family(named: name))
        let model = try checkpoint.recommender(of: family)
        #expect(checkpoint.samples.histories.map(\.count) == [1, 3, 4, 8])
        #expect(checkpoint.samples.scores.count == 4 * 9)
        #expect(checkpoint.samples.largestDifference(from: model) < 1e-4)
    }

    /// Each tensor counts: with any of them moved the scores are others.
    @Test(arguments: variants)
    func everyTensorIsNeeded(variant: String) throws {
        let original = try checkpoint(variant)
        for index in original.parameters.indices {
            var checkpoint = original
            let entry = original.parameters[index]
            let floats = try entry.floats()
            checkpoint.parameters[index] = Safetensors.Entry(
                name: entry.name, shape: entry.shape, floats: floats.map { -$0 })
            let model = try checkpoint.recommender(of: Transformer.family)
            #expect(checkpoint.samples.largestDifference(from: model) > 1e-3, "\(entry.name)")
        }
    }
}
