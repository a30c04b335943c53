import Events
import NeuralNetwork
import Support
import Tensor
import Testing

@testable import Recommenders

@Suite struct WarmStartTests {
    /// Items a, b, c of an earlier model; today's are c, d, a.
    private let rows: [Int32] = [2, -1, 0]

    private func store(items: Int = 3, fill: Float) -> ParameterStore<Float> {
        var store = ParameterStore<Float>()
        _ = store.add("items.weight", tensor([items, 2], fill: fill))
        _ = store.add("items.bias", tensor([items], fill: fill))
        _ = store.add("layer.weight", tensor([3, 2], fill: fill))
        return store
    }

    /// fill, fill + 1, …
    private func tensor(_ shape: [Int], fill: Float) -> Tensor<Float> {
        Tensor(shape: shape, elements: (0..<shape.reduce(1, *)).map { fill + Float($0) })
    }

    private func start(
        _ earlier: ParameterStore<Float>, settings: ModelSettings = [:]
    ) -> WarmStart {
        WarmStart(
            weights: Safetensors(entries: earlier.entries()), settings: settings, rows: rows)
    }

    private let itemParameters: Set = ["items.weight", "items.bias"]

    @Test func keepsRowsOfItemsThatStayedAndLeavesNewOnesAsTheyAre() throws {
        var adopting = store(fill: 100)
        try adopting.adopt(start(store(fill: 0)), itemParameters: itemParameters)
        #expect(
            adopting.tensors.map(\.elements) == [
                [4, 5, 102, 103, 0, 1], [2, 101, 0], [0, 1, 2, 3, 4, 5],
            ])
        #expect(adopting.names == store(fill: 0).names)
    }

    @Test func leavesOutTheRowsOfItemsThatAreGone() throws {
        var adopting = store(fill: 100)
        try adopting.adopt(start(store(items: 9, fill: 0)), itemParameters: itemParameters)
        #expect(adopting.tensors[1].elements == [2, 101, 0])
    }

    @Test func changesNothingWhereAShapeDiffers() {
        var earlier = ParameterStore<Float>()
        _ = earlier.add("items.weight", tensor([3, 2], fill: 0))
        _ = earlier.add("items.bias", tensor([3], fill: 0))
        _ = earlier.add("layer.weight", tensor([3, 4], fill: 0))
        var adopting = store(fill: 100)
        #expect(
            throws: WarmStart.Misfit.shape(parameter: "layer.weight", now: [3, 2], before: [3, 4])
        ) {
            try adopting.adopt(start(earlier), itemParameters: itemParameters)
        }
        #expect(adopting.tensors == store(fill: 100).tensors)
    }

    /// Rows that the earlier model doesn't have, and rows of another width.
    @Test(arguments: [[2, 2], [3, 3], [3], [3, 2, 1]])
    func refusesOtherItemRows(shape: [Int]) {
        var earlier = ParameterStore<Float>()
        _ = earlier.add("items.weight", tensor(shape, fill: 0))
        var adopting = ParameterStore<Float>()
        _ = adopting.add("items.weight", tensor([3, 2], fill: 100))
        #expect(
            throws: WarmStart.Misfit.shape(parameter: "items.weight", now: [3, 2], before: shape)
        ) {
            try adopting.adopt(start(earlier), itemParameters: itemParameters)
        }
    }

    @Test func refusesWeightsThatAreNotThereOrNoNumbers() {
        let entries = store(fill: 0).entries()
        func adopt(_ entries: [Safetensors.Entry]) throws {
            var adopting = store(fill: 100)
            try adopting.adopt(
                WarmStart(weights: Safetensors(entries: entries), settings: [:], rows: rows),
                itemParameters: itemParameters)
        }
        #expect(throws: WarmStart.Misfit.missing(parameter: "layer.weight")) {
            try adopt(Array(entries.dropLast()))
        }
        let poisoned = Safetensors.Entry(name: "items.bias", shape: [3], floats: [0, .nan, 0])
        #expect(throws: WarmStart.Misfit.numbers(parameter: "items.bias")) {
            try adopt([entries[0], poisoned, entries[2]])
        }
        let whole = Safetensors.Entry(name: "items.bias", shape: [3], int32s: [0, 1, 2])
        #expect(throws: WarmStart.Misfit.numbers(parameter: "items.bias")) {
            try adopt([entries[0], whole, entries[2]])
        }
    }

    @Test func findsTheEarlierRowOfEachItem() {
        #expect(WarmStart.rows(of: ["c", "d", "a"], in: ["a", "b", "c"]) == rows)
        #expect(WarmStart.rows(of: [String](), in: ["a"]) == [])
        #expect(WarmStart.rows(of: ["a"], in: []) == [-1])
    }

    @Test func namesTheSettingThatChangedWhatTheWeightsMean() throws {
        let start = start(store(fill: 0), settings: ["numHeads": 1, "epochs": 9])
        try start.requireSame(["numHeads"], as: ["numHeads": 1, "epochs": 5])
        #expect(throws: WarmStart.Misfit.setting("numHeads", now: 2, before: 1)) {
            try start.requireSame(["numHeads"], as: ["numHeads": 2])
        }
        let misfit = WarmStart.Misfit.setting("numHeads", now: 2, before: nil)
        #expect("\(misfit)" == "numHeads is 2.0 now and was not set")
    }

    /// The divergence's weight is not drawn up from 0 again: the weights have had that behind them.
    @Test func aWarmVAEHasTheWholeDivergenceInItsFirstLoss() throws {
        func firstLoss(annealSteps: Double, warm: Bool) throws -> Double {
            var settings = TasteGroups.settings.filter { VAESettings.defaults[$0.key] != nil }
            settings.merge(VAESettings.ofMultVAE) { $1 }
            settings["annealSteps"] = annealSteps
            settings["learningRate"] = 0
            settings["dropoutProbability"] = 0
            let options = LearnerOptions(seed: 1, workers: 1, settings: settings)
            var learner = try VAELearner(TasteGroups.trainingSet, options: options)
            guard warm else { return try learner.runEpoch() }
            var again = options
            again.start = WarmStart(
                learner.recommender(), rows: (0..<Int32(TasteGroups.itemCount)).map { $0 })
            learner = try VAELearner(TasteGroups.trainingSet, options: again)
            return try learner.runEpoch()
        }
        let whole = try firstLoss(annealSteps: 1, warm: false)
        #expect(try firstLoss(annealSteps: 1e9, warm: false) < whole)
        #expect(try firstLoss(annealSteps: 1e9, warm: true) == whole)
    }
}
