import Testing

@testable import Support

@Suite struct WallClockTests {
    @Test func movesOnlyWhenItIsTold() {
        let clock = ManualWallClock(Timestamp(milliseconds: 1000))
        #expect(clock.now() == Timestamp(milliseconds: 1000))
        clock.advance(by: .milliseconds(1500))
        #expect(clock.now() == Timestamp(milliseconds: 2500))
    }
}
