import Testing

@testable import Events

@Suite struct EventMeaningTests {
    /// The table of the API's contract.
    @Test(
        arguments: [
            ("view", 1, false), ("click", 1, false), ("like", 2, true), ("cart", 3, false),
            ("purchase", 5, true), ("dislike", -1, true), ("anything", 1, false),
        ] as [(String, Float, Bool)])
    func hasTheDefaultsOfTheContract(type: String, strength: Float, isSeen: Bool) {
        let meaning = EventMeanings()[type]
        #expect(meaning.strength(value: nil) == strength)
        #expect(meaning.strength(value: 100) == strength)
        #expect(meaning.isSeen == isSeen)
    }

    @Test(arguments: [(5, 1), (4, 1), (3.99, -1), (0, -1), (-7, -1)] as [(Double, Float)])
    func takesARatingFrom4OnAsPositive(value: Double, strength: Float) {
        let rating = EventMeanings()["rating"]
        #expect(rating.strength(value: value) == strength)
        #expect(rating.isSeen)
    }

    @Test func fallsBackToTheSignWithoutAValue() {
        let rule = EventMeaning(weight: 2, sign: .negative, positiveFrom: 3)
        #expect(rule.strength(value: nil) == -2)
        #expect(rule.strength(value: 3) == 2)
    }

    @Test func letsTheConfigurationReplaceATypeAndLeavesTheOthers() {
        let meanings = EventMeanings(overriding: [
            "view": EventMeaning(weight: 0.5, isSeen: true), "share": EventMeaning(weight: 4),
        ])
        #expect(meanings["view"] == EventMeaning(weight: 0.5, isSeen: true))
        #expect(meanings["share"].weight == 4)
        #expect(meanings["like"].weight == 2)
    }
}
