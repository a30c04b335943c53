import Events
import NeuralNetwork
import Support
import Testing

@testable import Recommenders

@Suite struct TransformerTests {
    static let families = [Transformer.family.name, Transformer.largeFamily.name]
    /// Full and sampled softmax: the catalogue's size is above the second bound.
    static let softmaxBounds = [30_000.0, Double(Succession.itemCount - 1)]

    private func learner(
        _ changes: ModelSettings = [:], on data: TrainingSet = Succession.trainingSet,
        workers: Int = 2, start: WarmStart? = nil
    ) throws -> TransformerLearner {
        try TransformerLearner(
            data,
            options: LearnerOptions(
                seed: 1, workers: workers, settings: Succession.settings.merging(changes) { $1 },
                start: start),
            defaults: TransformerSettings.reference)
    }

    @Test(arguments: families, softmaxBounds)
    func foretellsWhatComesNext(name: String, fullSoftmaxItems: Double) throws {
        let family = try #require(ModelRegistry.family(named: name))
        let model = try Succession.fit(
            family, changes: ["fullSoftmaxItems": fullSoftmaxItems], epochs: 20)
        for item in 0..<Succession.itemCount {
            let items = [10, 11, 12].map { ($0 + item) % Succession.itemCount }
            #expect(Succession.best(model, after: items) == (item + 1) % Succession.itemCount)
        }
    }

    @Test(
        arguments: [
            ["gates": 1], ["temperature": 0.2], ["positionBias": 1, "gapBias": 1, "heads": 2],
            ["pointwise": 1, "temperature": 0.2], ["warmupSteps": 50, "cosineEpochs": 20],
        ] as [ModelSettings])
    func foretellsWhatComesNextWithEachSetting(changes: ModelSettings) throws {
        let model = try Succession.fit(changes: changes, epochs: 20)
        for item in 0..<Succession.itemCount {
            let items = [11, 12].map { ($0 + item) % Succession.itemCount }
            #expect(Succession.best(model, after: items) == (item + 1) % Succession.itemCount)
        }
    }

    @Test func orderMatters() throws {
        let model = try Succession.fit(epochs: 20)
        #expect(Succession.best(model, after: [4, 2, 3]) == 4)
        #expect(Succession.best(model, after: [2, 3, 4]) == 5)
        // Trained for long it attends to the last event alone, to the last bit on some CPUs.
        let young = try Succession.fit(epochs: 1)
        let scores = young.scores(for: [Succession.history([1, 2, 5])])
        let swapped = young.scores(for: [Succession.history([2, 1, 5])])
        #expect((zip(scores, swapped).map { abs($0 - $1) }.max() ?? 0) > 1e-4)
    }

    @Test func readsTheNewestEventsOnly() throws {
        let model = try Succession.fit(epochs: 2)
        let long = Succession.history([9, 9, 9, 1, 2, 3, 4, 5, 6])
        var short = long
        short.interactions.removeFirst(3)
        #expect(model.scores(for: [long]) == model.scores(for: [short]))
        short.interactions.removeFirst()
        #expect(model.scores(for: [long]) != model.scores(for: [short]))
    }

    @Test(arguments: [0.0, 1], [0.0, 1])
    func timeOfTheRequestCountsWithAGapBias(pointwise: Double, gapBias: Double) throws {
        let model = try Succession.fit(
            changes: ["pointwise": pointwise, "gapBias": gapBias], epochs: 5)
        let history = Succession.history([3, 4, 5, 6])
        var later = history
        later.now = later.now + .seconds(100)
        var earlierEvents = history
        for index in 0..<2 {
            let time = earlierEvents.interactions[index].time
            earlierEvents.interactions[index].time = time + .seconds(-1_000_000)
        }
        let scores = model.scores(for: [history])
        #expect((model.scores(for: [later]) != scores) == (gapBias == 1))
        #expect((model.scores(for: [earlierEvents]) != scores) == (gapBias == 1))
    }

    @Test func absurdTimesGiveFiniteScores() throws {
        let model = try Succession.fit(changes: ["gapBias": 1], epochs: 1)
        var history = Succession.history([3, 4, 5, 6])
        for (index, time) in [0, Int64.min, .max, 12].enumerated() {
            history.interactions[index].time = Timestamp(milliseconds: time)
        }
        for now in [Int64.min, -1, 0, .max] {
            history.now = Timestamp(milliseconds: now)
            #expect(model.scores(for: [history]).allSatisfy { $0.isFinite })
            let encoder = try #require(model as? any EncodingRecommender)
            #expect(encoder.encoding(of: history).values.allSatisfy { $0.isFinite })
        }
    }

    @Test func nothingPositiveScoresZero() throws {
        let model = try Succession.fit(epochs: 1)
        let histories = [[], [3], []].map { Succession.history($0) }
        let scores = model.scores(for: histories)
        let count = Succession.itemCount
        #expect(scores[..<count].allSatisfy { $0 == 0 })
        #expect(scores[(2 * count)...].allSatisfy { $0 == 0 })
        for (score, alone) in zip(scores[count..<2 * count], model.scores(for: [histories[1]])) {
            #expect(abs(score - alone) < 1e-5)
        }
    }

    @Test(arguments: softmaxBounds, [1, 2])
    func sameSeedDataAndWorkersGiveTheSameBits(bound: Double, workers: Int) throws {
        func parameters(seed: UInt64) throws -> [Safetensors.Entry] {
            try Succession.fit(
                changes: ["fullSoftmaxItems": bound], seed: seed, workers: workers, epochs: 3
            ).parameters()
        }
        let first = try parameters(seed: 5)
        #expect(try parameters(seed: 5) == first)
        #expect(try parameters(seed: 6) != first)
    }

    /// Nobody knows the items from 12 on. The full softmax moves their rows all the same; the
    /// sampled one those that it draws, and the others stay as they are, bit for bit.
    @Test(arguments: [1000.0, 999])
    func aSampleMovesOnlyWhatItReads(fullSoftmaxItems: Double) throws {
        var data = Succession.trainingSet
        data.itemCount = 1000
        var learner = try learner(
            ["fullSoftmaxItems": fullSoftmaxItems, "negatives": 3], on: data)
        let table = learner.network.items.table
        let before = learner.store[table].elements
        _ = try learner.runEpoch()
        let after = learner.store[table].elements
        let moved = (0..<1000).filter { row in
            let range = row * 16..<(row + 1) * 16
            return before[range] != after[range]
        }
        #expect(moved.contains(0) && moved.contains(11))
        if fullSoftmaxItems < 1000 {
            // 16 steps with 3 negatives each, and the 12 items.
            #expect((50...60).contains(moved.count))
        } else {
            #expect(moved.count == 1000)
        }
    }

    @Test func learningRateRisesThroughTheWarmUp() throws {
        var learner = try learner(["warmupSteps": 1_000_000, "epochs": 1_000_000])
        let before = learner.store.tensors.flatMap(\.elements)
        _ = try learner.runEpoch()
        let after = learner.store.tensors.flatMap(\.elements)
        let largest = zip(before, after).map { abs($0 - $1) }.max() ?? 0
        // 16 steps of at most 0.01 · t / 1,000,000 each.
        #expect(largest > 1e-8 && largest < 2e-6)
    }

    @Test func learningRateIsZeroAtTheEndOfTheCosine() throws {
        var learner = try learner(["epochs": 1, "cosineEpochs": 1])
        _ = try learner.runEpoch()
        let end = learner.store.tensors
        _ = try learner.runEpoch()
        #expect(learner.store.tensors == end)
    }

    /// With more epochs than the cosine was meant for, it is drawn out: none of them is for nothing.
    @Test func theCosineLastsAsLongAsTheTraining() throws {
        var learner = try learner(["epochs": 3, "cosineEpochs": 1])
        for _ in 0..<2 { _ = try learner.runEpoch() }
        let before = learner.store.tensors
        _ = try learner.runEpoch()
        #expect(learner.store.tensors != before)
    }

    @Test func aWarmStartLearnsAtARateOfItsOwn() throws {
        let earlier = WarmStart(
            try Succession.fit(epochs: 1), rows: (0..<Int32(Succession.itemCount)).map { $0 })
        var still = try learner(["warmRate": 0, "warmEpochs": 5], start: earlier)
        #expect(still.isWarm && still.maxEpochs == 5)
        let before = still.store.tensors
        _ = try still.runEpoch()
        #expect(still.store.tensors == before)
        var short = try learner(
            ["warmRate": 0.5, "warmEpochs": 1, "cosineEpochs": 9], start: earlier)
        _ = try short.runEpoch()
        let end = short.store.tensors
        #expect(end != before)
        _ = try short.runEpoch()
        #expect(short.store.tensors == end)
        #expect(try learner(["warmEpochs": 5, "epochs": 7]).maxEpochs == 7)
    }

    @Test func aWarmStartFromMoreBlocksIsRefused() throws {
        let earlier = WarmStart(
            try Succession.fit(changes: ["blocks": 2], epochs: 1),
            rows: (0..<Int32(Succession.itemCount)).map { $0 })
        #expect(throws: WarmStart.Misfit.unused(parameter: "blocks.1.norm.weight")) {
            _ = try learner(start: earlier)
        }
    }

    @Test(arguments: softmaxBounds, families)
    func stopsAtALossThatIsNotFinite(bound: Double, name: String) throws {
        let pointwise = name == Transformer.largeFamily.name ? 1.0 : 0
        var learner = try learner(["fullSoftmaxItems": bound, "pointwise": pointwise])
        _ = try learner.runEpoch()
        let table = learner.network.items.table
        for item in 0..<Succession.itemCount {
            learner.store[table].elements[item * 16] = .infinity
        }
        #expect(throws: TrainingError.notFinite(parameter: "loss", step: 17)) {
            try learner.runEpoch()
        }
    }

    /// A row of the positions that no history is long enough to read: the loss doesn't show it.
    @Test(arguments: softmaxBounds)
    func namesAParameterThatIsNotFinite(bound: Double) throws {
        var learner = try learner(["fullSoftmaxItems": bound, "positions": 20])
        _ = try learner.runEpoch()
        let id = try #require(
            learner.store.ids.first { learner.store[$0].shape == [20, 16] })
        learner.store[id].elements[0] = .nan
        #expect(throws: TrainingError.notFinite(parameter: "positions.weight", step: 17)) {
            try learner.runEpoch()
        }
    }

    @Test(arguments: [[], [[]], [[3], [4]]] as [[[Int]]])
    func refusesASetWithoutASuccession(histories: [[Int]]) {
        let data = TrainingSet(
            itemCount: 12, histories: histories.map { Succession.history($0).interactions })
        #expect(throws: ModelError.nothingToLearnFrom) { try learner(on: data) }
    }
}
