import Events
import NeuralNetwork
import Support
import Testing

@testable import Recommenders

@Suite struct SampleScoresTests {
    private static let histories = [[3, 4, 5], [], [11], [0, 1, 2, 3, 4, 5, 6, 7, 8]]

    private func checkpoint(gapBias: Double = 1) throws -> ModelCheckpoint {
        let model = try Succession.fit(changes: ["gapBias": gapBias], epochs: 5)
        let samples = SampleScores(
            of: model, histories: Self.histories.map { $0.map { ItemIndex($0) } })
        return ModelCheckpoint(
            family: Transformer.family.name,
            items: (0..<Succession.itemCount).map { ItemID(stored: "item-\($0)") },
            recommender: model, samples: samples, origin: [:])
    }

    @Test func readsWhatItWrote() throws {
        let written = try checkpoint()
        let read = try ModelCheckpoint(decoding: written.encoded())
        #expect(read.samples.histories == written.samples.histories)
        #expect(read.samples.ages == written.samples.ages)
        #expect(read.samples.scores == written.samples.scores)
        #expect(read.parameters == written.parameters)
        let model = try read.recommender(of: Transformer.family)
        #expect(read.samples.largestDifference(from: model) < 1e-6)
    }

    @Test func eventsAreASecondToManyWeeksOld() throws {
        let samples = try checkpoint().samples
        #expect(samples.ages[0] == [81, 16, 1])
        #expect(samples.ages.map(\.count) == Self.histories.map(\.count))
        let long = SampleScores(
            of: try Succession.fit(epochs: 0),
            histories: [(0..<70).map { ItemIndex($0 % 12) }])
        #expect(long.ages[0].count == 50 && long.ages[0][0] == 6_250_000)
    }

    /// Times at 0 would hide it: all gaps were in the first class.
    @Test func aDamagedGapBiasIsFound() throws {
        var checkpoint = try checkpoint()
        let index = try #require(checkpoint.parameters.firstIndex { $0.name.hasSuffix(".gaps") })
        let entry = checkpoint.parameters[index]
        var floats = try entry.floats()
        for bucket in 2..<floats.count { floats[bucket] += Float(bucket % 3) }
        checkpoint.parameters[index] = Safetensors.Entry(
            name: entry.name, shape: entry.shape, floats: floats)
        let model = try checkpoint.recommender(of: Transformer.family)
        #expect(checkpoint.samples.largestDifference(from: model) > SampleScores.tolerance)
    }

    /// Chances are far below 1: a chain that tells of other items is found all the same.
    @Test func aModelOfSmallScoresIsHeldToItsOwnScale() throws {
        func chain(step: Int) throws -> any Recommender {
            let histories = (0..<200).map { user in (0..<20).map { (5 * user + step * $0) % 1000 } }
            return try MarkovChain.family.solved(
                on: TrainingSet(items: histories, of: 1000), settings: ["smoothing": 10_000])
        }
        let stored = try chain(step: 7)
        // Items 8 and 508 come next; every fourth item is sampled.
        let samples = SampleScores(of: stored, histories: [[], [ItemIndex(1)], [ItemIndex(501)]])
        #expect(samples.scores.allSatisfy { $0 < 0.01 })
        #expect(samples.largestDifference(from: stored) == 0)
        let other = try chain(step: 11)
        #expect(samples.largestDifference(from: other) > 100 * SampleScores.tolerance)
    }

    /// Those that were written before there were times.
    @Test func aCheckpointWithoutAgesHasEventsAtTheRequest() throws {
        let checkpoint = try checkpoint(gapBias: 0)
        let file = try Safetensors(decoding: checkpoint.encoded())
        let old = Safetensors(
            entries: file.entries.filter { $0.name != "sample.ages" }, metadata: file.metadata)
        let read = try ModelCheckpoint(decoding: old.encoded())
        #expect(read.samples.ages == Self.histories.map { $0.map { _ in 0 } })
        let model = try read.recommender(of: Transformer.family)
        #expect(read.samples.largestDifference(from: model) < 1e-6)
    }

    @Test func refusesAgesOfOtherEvents() throws {
        let file = try Safetensors(decoding: try checkpoint().encoded())
        let ages = Safetensors.Entry(name: "sample.ages", shape: [2], int32s: [1, 2])
        let damaged = Safetensors(
            entries: file.entries.filter { $0.name != "sample.ages" } + [ages],
            metadata: file.metadata)
        #expect(throws: ModelCheckpoint.Invalid.self) {
            try ModelCheckpoint(decoding: damaged.encoded())
        }
    }
}
