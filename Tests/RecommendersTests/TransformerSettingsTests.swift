import Testing

@testable import Recommenders

@Suite struct TransformerSettingsTests {
    static let outOfRange: [(String, Double)] = [
        ("positions", 0), ("positions", 10_001), ("width", 0), ("width", 4097), ("blocks", 0),
        ("heads", 0), ("heads", 3), ("heads", 65), ("feedForwardSize", 0), ("pointwise", 2),
        ("positionBias", 0.5), ("gapBias", -1), ("gates", 2), ("temperature", -0.1),
        ("temperature", .infinity), ("dropoutProbability", 1), ("batchSize", 0),
        ("learningRate", 1.5), ("warmupSteps", -1), ("cosineEpochs", 0.5),
        ("fullSoftmaxItems", -1), ("negatives", 0), ("epochs", 0), ("width", 64.5),
        ("warmRate", 1.5), ("warmEpochs", 0),
        ("learningRate", .nan),
    ]

    @Test(arguments: outOfRange)
    func refusesASettingOutOfRangeByName(key: String, value: Double) {
        let settings = TransformerSettings.reference.merging([key: value]) { $1 }
        let error = #expect(throws: ModelError.self) { try TransformerSettings(settings) }
        guard case .invalidSetting(key, let refused) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(refused == value || (refused.isNaN && value.isNaN))
    }

    @Test(arguments: [Transformer.family, Transformer.largeFamily].map(\.name))
    func aFitAndACheckpointRefuseThemToo(name: String) throws {
        let family = try #require(ModelRegistry.family(named: name))
        let refusal = ModelError.invalidSetting("heads", value: 5)
        #expect(throws: refusal) {
            try family.makeLearner(
                Succession.trainingSet,
                LearnerOptions(seed: 1, workers: 1, settings: ["heads": 5]))
        }
        let weights = try Succession.fit(family, epochs: 0).parameters()
        #expect(throws: refusal) {
            try family.load(12, .init(entries: weights), ["heads": 5])
        }
    }

    @Test func heedsEverySetting() throws {
        let settings = try TransformerSettings(TransformerSettings.large)
        #expect(settings.blockCount == 8 && settings.headCount == 2 && settings.isPointwise)
        #expect(settings.hasPositionBias && settings.hasGapBias && !settings.hasGates)
        #expect(settings.logitScale == 1)
        let tempered = try TransformerSettings(
            TransformerSettings.reference.merging(["temperature": 0.05]) { $1 })
        #expect(tempered.logitScale == 20)
    }
}
