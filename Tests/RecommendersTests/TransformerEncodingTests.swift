import Events
import NeuralNetwork
import Support
import Testing

@testable import Recommenders

/// What the service may keep of a history, and until when.
@Suite struct TransformerEncodingTests {
    /// A model whose biases of all classes of gaps differ: a fit knows few of them.
    private func model(gapBias: Double) throws -> any EncodingRecommender {
        let fitted = try Succession.fit(changes: ["gapBias": gapBias], epochs: 1)
        var source = RandomSource(seed: 3)
        let parameters = try fitted.parameters().map { entry in
            guard entry.name.hasSuffix(".gaps") else { return entry }
            let floats = try entry.floats().map { _ in Float(source.normal()) }
            return Safetensors.Entry(name: entry.name, shape: entry.shape, floats: floats)
        }
        let loaded = try Transformer.family
            .load(fitted.itemCount, Safetensors(entries: parameters), fitted.settings)
        return try #require(loaded as? any EncodingRecommender)
    }

    private let now = Timestamp(milliseconds: 1_700_000_000_250)

    /// Events so many seconds before the request, at the same millisecond.
    private func history(ages: [Int]) -> History {
        let interactions = ages.enumerated().map { place, age in
            Interaction(item: ItemIndex(place % 12), time: now + .seconds(-age))
        }
        return History(interactions: interactions, now: now)
    }

    /// Seconds, days, years; one of a clock that runs ahead; more than are read.
    static let ages = [
        [5, 0], [9, 1], [100, 5, 2], [90_000, 86_400, 3_601], [33_554_400, 26_000_000],
        [50_000_000, 33_554_431], [1_073_741_700, 900_000_000], [10, -50],
        [7, 6, 5, 4, 3, 2, 2, 1000],
    ]

    @Test(arguments: ages)
    func anEncodingHoldsUntilAGapChangesItsClass(ages: [Int]) throws {
        let model = try model(gapBias: 1)
        var history = history(ages: ages)
        let encoding = model.encoding(of: history)
        let end = try #require(encoding.validUntil)
        #expect(end > now)
        let remaining = end.milliseconds - now.milliseconds
        for offset in [0, 1, 700, remaining / 2, remaining - 1] where offset < remaining {
            history.now = Timestamp(milliseconds: now.milliseconds + offset)
            #expect(model.encoding(of: history).values == encoding.values)
        }
        history.now = end
        #expect(model.encoding(of: history).values != encoding.values)
    }

    @Test func withoutAGapBiasAnEncodingHoldsForEver() throws {
        let model = try model(gapBias: 0)
        var history = history(ages: [100, 5, 2])
        let encoding = model.encoding(of: history)
        #expect(encoding.validUntil == nil)
        history.now = now + .seconds(1_000_000)
        #expect(model.encoding(of: history).values == encoding.values)
    }
}
