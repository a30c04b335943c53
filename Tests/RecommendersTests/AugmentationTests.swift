import Events
import NeuralNetwork
import Support
import Tensor
import Testing

@testable import Recommenders

@Suite struct AugmentationTests {
    private func apply(
        _ share: Double, seed: UInt64 = 1, to data: TrainingSet = TasteGroups.trainingSet
    ) throws -> (TrainingSet, AugmentationReport?) {
        try Augmentation(
            ["augmentation": share],
            options: LearnerOptions(seed: seed, workers: 1, settings: [:])
        ).applied(to: data)
    }

    @Test func addsAShareOfUsersBehindTheRealOnes() throws {
        var data = TasteGroups.trainingSet
        data.userAttributes = Array(repeating: UserAttributes(["a": .integer(1)]), count: 120)
        let (augmented, report) = try apply(0.5, to: data)
        #expect(augmented.histories.count == 180)
        #expect(augmented.histories.prefix(120) == data.histories[...])
        #expect(augmented.userAttributes.suffix(60).allSatisfy { $0 == .none })
        #expect(augmented.userAttributes.count == 180)
        #expect(augmented.histories.suffix(60).allSatisfy { !$0.isEmpty })
        #expect(report?.added == 60)
        #expect(report?.notes["augmentation.users"] == "60")
    }

    /// Many more than are drawn at once, and in the end an empty generator.
    @Test func drawsAsManyUsersAsAskedFor() throws {
        try OpenBLAS.load()
        var model = HistoryGAN(
            users: [[0, 1], [2]], itemCount: 3, seed: 1, workers: 1)
        let drawn = model.draw(6000)
        #expect(drawn.count == 6000)
        #expect(drawn.allSatisfy { !$0.isEmpty })
        for id in model.average.ids.suffix(1) {
            model.average[id].elements = [-1000, -1000, -1000]
        }
        #expect(model.draw(10).isEmpty)
    }

    /// A strength of its own would change what everybody else's events weigh.
    @Test func drawnEventsWeighWhatAnEventWeighsOnAverage() throws {
        var data = TasteGroups.trainingSet
        for user in data.histories.indices {
            for place in data.histories[user].indices {
                data.histories[user][place].strength = user % 2 == 0 ? 2 : 6
            }
        }
        let (augmented, _) = try apply(0.1, to: data)
        let mean = EventWeights(data).meanStrength
        for interaction in augmented.histories.suffix(12).joined() {
            #expect(interaction.strength == Float(mean))
        }
        #expect(abs(EventWeights(augmented).meanStrength - mean) < 1e-6)
    }

    @Test func refusesMoreItemsThanItsGeneratorIsMeantFor() throws {
        let histories = TasteGroups.trainingSet.histories
        let data = TrainingSet(itemCount: 50_001, histories: histories)
        #expect(throws: ModelError.tooManyItemsToAugment(50_001, maximum: 50_000)) {
            try apply(0.1, to: data)
        }
        #expect(try apply(0, to: data).1 == nil)
        #expect("\(ModelError.tooManyItemsToAugment(7, maximum: 5))".contains("set it to 0"))
    }

    /// Most items of a drawn user are of one taste, as with real ones: the generator has learned
    /// more than how popular each item is, which would give a third.
    @Test func drawnUsersHaveTastes() throws {
        let (augmented, report) = try apply(1)
        let purities = augmented.histories.suffix(120).map { history in
            let counts = (0..<3).map { group in
                history.count { $0.item.row % TasteGroups.groupCount == group }
            }
            return Double(counts.max() ?? 0) / Double(history.count)
        }
        #expect(purities.reduce(0, +) / 120 > 0.75)
        let lengths = try #require(report?.meanLength)
        #expect(abs(lengths.drawn - lengths.real) < 0.3 * lengths.real)
    }

    @Test func isTheSameForASeedAndNothingWithoutAShare() throws {
        let (first, _) = try apply(0.2)
        #expect(items(try apply(0.2).0) == items(first))
        #expect(items(try apply(0.2, seed: 2).0) != items(first))
        let (same, report) = try apply(0)
        #expect(items(same) == items(TasteGroups.trainingSet) && report == nil)
        #expect(try apply(1, to: TrainingSet(itemCount: 2, histories: [[]])).1 == nil)
        #expect(throws: ModelError.invalidSetting("augmentation", value: -1)) { try apply(-1) }
    }

    private func items(_ data: TrainingSet) -> [[ItemIndex]] {
        data.histories.map { $0.map(\.item) }
    }

    /// The setting reaches the models that have it, and their origin tells of it.
    @Test(
        arguments: ModelRegistry.families.filter { $0.defaults[Augmentation.key] != nil }.map(
            \.name))
    func familyTrainsOnTheAugmentedSet(name: String) throws {
        let family = try #require(ModelRegistry.family(named: name))
        var settings = TasteGroups.settings.filter { family.defaults[$0.key] != nil }
        func learner() throws -> any Learner {
            try family.makeLearner(
                TasteGroups.trainingSet, LearnerOptions(seed: 1, workers: 1, settings: settings))
        }
        #expect(try learner().notes["augmentation.users"] == nil)
        settings["augmentation"] = 0.25
        #expect(try learner().notes["augmentation.users"] == "30")
    }

    @Test func twoSampleTestTellsTastesApart() {
        var source = RandomSource(seed: 3)
        func users(_ group: Int) -> [[Int32]] {
            (0..<40).map { _ in
                TasteGroups.items(of: group).filter { _ in source.uniform() < 0.6 }
                    .map(Int32.init)
            }
        }
        let (some, others) = (users(0), users(1))
        #expect(TwoSampleTest(some, users(0)).pValue > 0.05)
        let apart = TwoSampleTest(some, others)
        #expect(apart.pValue == 0.005)
        #expect(apart.discrepancy > 0.5)
    }

    /// By hand: k is 1 within the first, 1/3 within the second, 0, 0, ½, ½ between.
    @Test func discrepancyIsThatOfTheFormula() {
        let test = TwoSampleTest([[1], [1]], [[1, 2], [2, 3]], permutations: 1)
        let expected = 1 + 1.0 / 3 - 2 * (0.5 + 0.5) / 4
        #expect(abs(test.discrepancy - expected) < 1e-12)
    }

    @Test func correlationIsPearsons() {
        #expect(abs(AugmentationReport.correlation([1, 2, 3], [2, 4, 6]) - 1) < 1e-12)
        #expect(abs(AugmentationReport.correlation([1, 2, 3], [3, 2, 1]) + 1) < 1e-12)
        #expect(AugmentationReport.correlation([1, 1], [1, 2]) == 0)
    }
}
