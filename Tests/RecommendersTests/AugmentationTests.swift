import Events
import NeuralNetwork
import Support
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
        #expect(try apply(0.2).0.histories == first.histories)
        #expect(try apply(0.2, seed: 2).0.histories != first.histories)
        let (same, report) = try apply(0)
        #expect(same.histories == TasteGroups.trainingSet.histories && report == nil)
        #expect(try apply(1, to: TrainingSet(itemCount: 2, histories: [[]])).1 == nil)
        #expect(throws: ModelError.invalidSetting("augmentation", value: -1)) { try apply(-1) }
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
