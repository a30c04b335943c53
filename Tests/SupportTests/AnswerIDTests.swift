import Testing

@testable import Support

@Suite struct AnswerIDTests {
    private let time = Timestamp(milliseconds: 1_767_225_600_123)

    @Test func readsItsOwnText() throws {
        for _ in 0..<100 {
            let id = AnswerID(at: time)
            #expect(id.time == time)
            #expect(id.text.wholeMatch(of: /r-[0-7][0-9A-HJKMNP-TV-Z]{25}/) != nil)
            #expect(AnswerID(id.text) == id)
        }
        // The example of the ULID's specification.
        let known = try #require(AnswerID("r-01ARZ3NDEKTSV4RRFFQ69G5FAV"))
        #expect(known.time == Timestamp(milliseconds: 1_469_922_850_259))
        #expect(known.text == "r-01ARZ3NDEKTSV4RRFFQ69G5FAV")
        for edge in [AnswerID(number: 0, nonce: 0), AnswerID(number: .max, nonce: .max)] {
            #expect(AnswerID(edge.text) == edge)
        }
    }

    @Test func growsWithTheTimeAndIsTakenOnce() {
        let ids = (0..<1000).map { _ in AnswerID(at: time) }
        #expect(Set(ids.map(\.number)).count == ids.count)
        let next = AnswerID.number(at: time + .milliseconds(1))
        #expect(ids.allSatisfy { $0.number >= AnswerID.number(at: time) && $0.number < next })
    }

    @Test(arguments: [
        "", "r-", "r-1", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "R-01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "r-01arz3ndektsv4rrffq69g5fav", "r-01ARZ3NDEKTSV4RRFFQ69G5FAU",
        "r-01ARZ3NDEKTSV4RRFFQ69G5FAVV", "r-81ARZ3NDEKTSV4RRFFQ69G5FAV",
        "r-01ARZ3NDEKTSV4RRFFQ69G5FÄ",
    ])
    func refusesWhatIsNoAnswersID(text: String) {
        #expect(AnswerID(text) == nil)
    }
}
