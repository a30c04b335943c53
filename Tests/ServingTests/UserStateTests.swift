import Store
import Support
import Testing

@testable import Serving

@Suite struct UserStateTests {
    @Test(arguments: 0..<30 as Range<UInt64>)
    func keepsTheNewestInOrderOfTimeAndSequence(seed: UInt64) {
        var random = RandomSource(seed: seed)
        let limit = Int.random(in: 1...12, using: &random)
        var state = UserState.unknown
        var events: [StoredEvent] = []
        for sequence in 1...40 {
            // Many equal times: there the sequence decides.
            let seconds = Int.random(in: 0...9, using: &random)
            events.append(.make(Int64(sequence), item: Int32(sequence), seconds: seconds))
            state.apply(events[events.count - 1], limit: limit)
            let sorted = events.sorted {
                ($0.interaction.time, $0.sequence) < ($1.interaction.time, $1.sequence)
            }
            #expect(state.interactions.map(\.item) == sorted.suffix(limit).map(\.item))
            #expect(state.watermark == EventSequence(Int64(sequence)))
        }
    }

    @Test func leavesAnEventAloneThatIsAlreadyIn() {
        var state = UserState.unknown
        state.apply(.make(7, item: 1), limit: 10)
        state.apply(.make(7, item: 1), limit: 10)
        state.apply(.make(5, item: 2), limit: 10)
        #expect(state.interactions.map(\.item) == [ItemKey(1)])
        #expect(state.watermark == EventSequence(7))
    }
}
