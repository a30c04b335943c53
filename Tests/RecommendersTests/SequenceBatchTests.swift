import Events
import Support
import Testing

@testable import Recommenders

@Suite struct SequenceBatchTests {
    /// Items 0, 1, … at the given seconds.
    private func events(_ seconds: [Int64]) -> [SequenceEvent] {
        seconds.enumerated().map { SequenceEvent(item: Int32($0), seconds: $1) }
    }

    @Test func packsTrainingSequences() {
        var batch = SequenceBatch(positionCount: 3)
        batch.appendTraining(events([100, 110, 150]))
        batch.appendTraining(events([7, 9]))
        #expect(batch.offsets == [0, 2, 3])
        #expect(batch.items == [0, 1, 0])
        #expect(batch.targets == [1, 2, 1])
        #expect(batch.positions == [1, 2, 2])
        #expect(batch.times.events == [0, 10, 0])
        #expect(batch.times.requests == [10, 50, 2])
        #expect(batch.rowCount == 3)
        #expect(batch.lastRows == [1, 2])
    }

    /// The first event is foretold by nobody.
    @Test func aTargetWeighsWhatItsEventDoes() {
        var batch = SequenceBatch(positionCount: 2)
        batch.appendTraining(
            [4, 1, 0.5, 2].map { SequenceEvent(item: 0, seconds: 0, weight: $0) })
        batch.appendTraining(events([1, 2]))
        #expect(batch.targetWeights == [0.5, 2, 1])
        batch.append(events([1, 2]), now: 3)
        #expect(batch.targetWeights.count == 3)
    }

    /// The newest events that there are positions for, and one more as the last target.
    @Test func trainingReadsTheNewestEvents() {
        var batch = SequenceBatch(positionCount: 3)
        batch.appendTraining(events([0, 10, 20, 30, 40, 50]))
        #expect(batch.items == [2, 3, 4])
        #expect(batch.targets == [3, 4, 5])
        #expect(batch.positions == [0, 1, 2])
        #expect(batch.times.events == [0, 10, 20])
        #expect(batch.times.requests == [10, 20, 30])
    }

    @Test func packsHistoriesOfRequests() {
        var batch = SequenceBatch(positionCount: 3)
        batch.append(events([5, 6, 8, 11]), now: 100)
        batch.append(events([4]), now: 4)
        #expect(batch.offsets == [0, 3, 4])
        #expect(batch.items == [1, 2, 3, 0])
        #expect(batch.targets.isEmpty)
        #expect(batch.positions == [0, 1, 2, 2])
        #expect(batch.times.events == [0, 2, 5, 0])
        #expect(batch.times.requests == [2, 5, 94, 0])
        #expect(batch.lastRows == [2, 3])
    }

    @Test func absurdTimesAreClamped() {
        var batch = SequenceBatch(positionCount: 4)
        batch.append(events([0, 1 << 40, -1 << 40, 3]), now: 1 << 60)
        #expect(batch.times.events == [0, .max, .min, 3])
        #expect(batch.times.requests == [.max, .min, 3, .max])
    }

    @Test func renumbersItemsAndTargets() {
        var batch = SequenceBatch(positionCount: 4)
        batch.appendTraining(events([0, 1, 2]))
        batch.renumber { 10 * $0 }
        #expect(batch.items == [0, 10])
        #expect(batch.targets == [10, 20])
    }

    @Test(
        arguments: [
            (0, 0), (999, 0), (1000, 1), (-1, -1), (-1000, -1), (-1001, -2), (.max, .max / 1000),
            (.min, .min / 1000 - 1),
        ] as [(Int64, Int64)])
    func secondsAreRoundedDown(milliseconds: Int64, seconds: Int64) {
        #expect(Timestamp(milliseconds: milliseconds).wholeSeconds == seconds)
    }

    @Test func eventsArePositiveOnesInTheirOrder() {
        let strengths: [Float] = [1, -1, 0.5, 0, 2]
        let interactions = strengths.enumerated().map { place, strength in
            Interaction(
                item: ItemIndex(4 - place), strength: strength,
                time: Timestamp(milliseconds: Int64(place) * 1500))
        }
        let events = SequenceEvent.positive(in: interactions)
        #expect(events.map(\.item) == [4, 2, 0])
        #expect(events.map(\.seconds) == [0, 3, 6])
    }
}
