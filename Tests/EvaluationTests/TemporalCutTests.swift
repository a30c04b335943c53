import Events
import Support
import Testing

@testable import Evaluation

@Suite struct TemporalCutTests {
    /// An item at a time.
    private func events(_ pairs: [(item: Int, time: Int64)]) -> [Interaction<ItemIndex>] {
        pairs.map {
            Interaction(item: ItemIndex($0.item), time: Timestamp(milliseconds: $0.time))
        }
    }

    /// Ten events; the one at place 7 is of time 8, as the one at place 6 is.
    private var log: [[Interaction<ItemIndex>]] {
        [
            events([(5, 1), (3, 4), (9, 8)]),
            events([(3, 2), (7, 3), (0, 9)]),
            events([(1, 8), (2, 10)]),
            events([(9, 5), (5, 6)]),
        ]
    }

    @Test func keepsWhatCameBeforeOnANumberingOfItsOwn() {
        let cut = TemporalCut(log, share: 0.75)
        #expect(cut.items.map(\.row) == [3, 5, 7, 9])
        #expect(cut.histories.map { $0.map(\.item.row) } == [[1, 0], [0, 2], [3, 1]])
        #expect(
            cut.histories.map { $0.map(\.time.milliseconds) } == [[1, 4], [2, 3], [5, 6]])
        #expect(cut.eventCount == 6)
    }

    @Test func isTheWholeLogOrNothingAtTheEnds() {
        let whole = TemporalCut(log, share: 1)
        #expect(whole.items.map(\.row) == [0, 1, 2, 3, 5, 7, 9])
        #expect(whole.eventCount == 10)
        #expect(TemporalCut(log, share: 0).histories.isEmpty)
        #expect(TemporalCut([], share: 0.5).items.isEmpty)
    }
}
